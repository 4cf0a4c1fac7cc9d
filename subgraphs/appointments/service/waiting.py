"""The waitlist: a freed slot is offered to whoever has waited longest for its date, for a while, then to the next.

An offer is a reservation of the doctor's time, so nobody else is listed or sold the slot; booking it turns the
reservation into the appointment's (see placement). An offer that is not taken ends the entry: those who still want to
wait join again, behind the others. A free slot that nobody has given back is not offered: it can simply be booked.
"""

from datetime import date, datetime, timedelta

from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Refusal, Unauthenticated
from shared.ids import new_id
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import InvalidInput, InvalidState, NoSuchObject
from subgraphs.appointments.events import WaitlistExpired, WaitlistJoined, WaitlistLeft, WaitlistOffered
from subgraphs.appointments.repository import AlreadyWaiting, ReservationRepository, TicksTaken, WaitlistRepository
from subgraphs.appointments.service.booking import Calendar
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctor, Doctors
from subgraphs.appointments.service.listing import LONGEST_LISTING
from subgraphs.appointments.service.placement import Place, Placement
from subgraphs.appointments.service.slots import today_in
from subgraphs.appointments.service.status import waitlist_status_of
from subgraphs.appointments.service.ticks import ticks_between
from subgraphs.appointments.tables import LIVING, WaitlistRow, WaitlistStatus

MOST_ENTRIES = 20
BATCH = 50


class Waiting:
    """Lets patients wait, and offers them what is freed."""

    def __init__(
        self,
        store: SqlStore,
        waitlist: WaitlistRepository,
        reservations: ReservationRepository,
        *,
        calendar: Calendar,
        placement: Placement,
        changes: Changes,
        doctors: Doctors,
        clock: Clock,
        offer: timedelta,
    ) -> None:
        self._store = store
        self._waitlist = waitlist
        self._reservations = reservations
        self._calendar = calendar
        self._placement = placement
        self._changes = changes
        self._doctors = doctors
        self._clock = clock
        self._offer = offer

    async def join(self, caller: Caller, doctor_id: str, first: date, last: date) -> WaitlistRow:
        """Wait for a slot between two dates of the doctor's calendar; whoever does already has the same entry.

        Raises InvalidInput, InvalidState, NoSuchObject, DoctorNotBookable.
        """
        user_id = _patient(caller)
        if last < first:
            raise InvalidInput("The last day comes before the first.", field=["to"])
        if (last - first).days >= LONGEST_LISTING:
            raise InvalidInput(f"At most {LONGEST_LISTING} days.", field=["to"])
        doctor = await self._doctors.bookable(doctor_id)
        if last < today_in(doctor.zone, self._clock.now()):
            raise InvalidInput("These days are over.", field=["to"])
        live_key = f"{doctor_id}/{user_id}/{first}/{last}"

        async def work() -> WaitlistRow:
            present = await self._waitlist.by_live_key(live_key)
            if present is not None:
                return present
            if await self._waitlist.living(user_id) >= MOST_ENTRIES:
                raise InvalidState(f"One can wait in at most {MOST_ENTRIES} places.")
            row = WaitlistRow(
                id=new_id("wle"),
                doctor_id=doctor_id,
                user_id=user_id,
                from_date=first,
                to_date=last,
                status=WaitlistStatus.WAITING,
                live_key=live_key,
                joined_at=self._clock.now(),
            )
            await self._waitlist.add(row)
            self._changes.announce_entry(row, WaitlistJoined)
            return row

        try:
            return await self._store.transaction(work)
        except AlreadyWaiting:
            return await self._store.transaction(work)

    async def leave(self, caller: Caller, entry_id: str) -> WaitlistRow:
        """Wait no longer, and give an offered slot back; raises NoSuchObject, InvalidState."""
        user_id = _patient(caller)

        async def work() -> WaitlistRow:
            row = await self._waitlist.locked(entry_id)
            if row is None or row.user_id != user_id:
                raise NoSuchObject(field=["waitlistEntryId"])
            return await self._let_go(row)

        left = await self._store.transaction(work)
        if left.offered_starts_at is not None:
            await self.offer(left.doctor_id, left.offered_starts_at)
        return left

    async def pass_on(self, entry_id: str) -> None:
        """Offer what an entry that has ended was offered; whoever ended it may not have come so far."""
        row = await self._waitlist.one(entry_id)
        if row is not None and row.offered_starts_at is not None:
            await self.offer(row.doctor_id, row.offered_starts_at)

    async def end_departed(self, entry_id: str) -> None:
        """End the waiting of somebody who left for good; whoever comes next is offered what they were."""

        async def work() -> WaitlistRow | None:
            row = await self._waitlist.locked(entry_id)
            if row is None or waitlist_status_of(row, self._clock.now()) not in LIVING:
                return None
            return await self._let_go(row)

        left = await self._store.transaction(work)
        if left is not None and left.offered_starts_at is not None:
            await self.offer(left.doctor_id, left.offered_starts_at)

    async def _let_go(self, row: WaitlistRow) -> WaitlistRow:
        status = waitlist_status_of(row, self._clock.now())
        if status is WaitlistStatus.LEFT:
            return row
        if status not in LIVING:
            raise InvalidState(field=["waitlistEntryId"])
        row.status, row.live_key = WaitlistStatus.LEFT, None
        await self._reservations.release([row.id])
        self._changes.of_entry(row, WaitlistLeft)
        return row

    async def offer(self, doctor_id: str, starts_at: datetime) -> None:
        """Offer a freed slot to whoever waits; nothing happens if it cannot be booked, or is taken already."""
        if starts_at <= self._clock.now():
            return
        doctor = (await self._doctors.facts([doctor_id])).get(doctor_id)
        if doctor is None or not doctor.active:
            return
        try:
            await self._store.transaction(lambda: self._offer_to_first(doctor, starts_at))
        except (Refusal, TicksTaken):
            # No slot by today's rules, or somebody was quicker: there is nothing to offer.
            return

    async def tidy(self) -> None:
        """End offers that have lapsed and entries whose dates are past, and offer what lapsed to the next."""
        now = self._clock.now()
        for entry_id in await self._waitlist.over(now, now.date() - timedelta(days=1), BATCH):
            lapsed = await self._store.transaction(lambda entry_id=entry_id: self._end(entry_id))  # type: ignore[misc]  # mypy does not infer a lambda's defaults.
            if lapsed is not None and lapsed.offered_starts_at is not None:
                await self.offer(lapsed.doctor_id, lapsed.offered_starts_at)

    async def _offer_to_first(self, doctor: Doctor, starts_at: datetime) -> None:
        day = today_in(doctor.zone, starts_at)
        waiting = await self._waitlist.waiting(doctor.id, day, BATCH)
        if not waiting:
            return
        interval = await self._calendar.slot(doctor, starts_at)
        now = self._clock.now()
        span = ticks_between(interval.starts_at, interval.ends_at)
        busy = await self._reservations.busy([row.user_id for row in waiting], span.start, span.stop - 1, now)
        for row in waiting:
            # Whoever is elsewhere at that time keeps waiting for another.
            if busy.get(row.user_id):
                continue
            expires_at = min(now + self._offer, starts_at)
            await self._placement.take(Place(interval, doctor.id, None), row.id, expires_at)
            row.status, row.offer_expires_at = WaitlistStatus.OFFERED, expires_at
            row.offered_starts_at, row.offered_ends_at = interval.starts_at, interval.ends_at
            self._changes.of_entry(row, WaitlistOffered, starts_at=starts_at, expires_at=expires_at)
            return

    async def _end(self, entry_id: str) -> WaitlistRow | None:
        row = await self._waitlist.locked(entry_id)
        if row is None or row.status not in LIVING:
            return None
        if row.offer_expires_at is not None and row.offer_expires_at > self._clock.now():
            return None
        row.status, row.live_key = WaitlistStatus.EXPIRED, None
        await self._reservations.release([row.id])
        self._changes.of_entry(row, WaitlistExpired)
        return row


def _patient(caller: Caller) -> str:
    if caller.user_id is None:
        raise Unauthenticated
    return caller.user_id
