"""Placing an appointment in time: the one step that booking, moving, late payment and waitlist offers share.

Inside the caller's transaction it looks at every reservation of the wanted ticks. Live ones of others refuse. Holds
whose time has passed are taken over: what they belonged to becomes EXPIRED, with its event, in this very transaction,
so no slot waits for a job. Then the rows are inserted, and the primary key has the last word: if another transaction
was quicker, `TicksTaken` ends this one, and `retried` runs it again to see what the other did.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.ids import is_id
from subgraphs.appointments.errors import PatientDoubleBooking, SlotUnavailable
from subgraphs.appointments.events import AppointmentExpired, WaitlistBooked, WaitlistExpired
from subgraphs.appointments.repository import (
    AppointmentRepository,
    KeyUsed,
    ReservationRepository,
    TicksTaken,
    WaitlistRepository,
)
from subgraphs.appointments.repository.reservations import Claim, OwnedTicks
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.slots import Interval
from subgraphs.appointments.service.status import waitlist_status_of
from subgraphs.appointments.service.ticks import ticks_between
from subgraphs.appointments.tables import AppointmentStatus, WaitlistStatus

Result = TypeVar("Result")
ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is to be placed; `user_id` is empty for an offer, which takes only the doctor's time."""

    interval: Interval
    doctor_id: str
    user_id: str | None

    @property
    def wanted(self) -> list[OwnedTicks]:
        """The ticks that it needs: with the buffer for the doctor, without for the patient."""
        wanted = [(self.doctor_id, self.interval.ticks)]
        if self.user_id is not None:
            wanted.append((self.user_id, ticks_between(self.interval.starts_at, self.interval.ends_at)))
        return wanted


class Placement:
    """Takes ticks, and takes over from holds that have passed."""

    def __init__(
        self,
        reservations: ReservationRepository,
        appointments: AppointmentRepository,
        waitlist: WaitlistRepository,
        *,
        changes: Changes,
        clock: Clock,
    ) -> None:
        self._reservations = reservations
        self._appointments = appointments
        self._waitlist = waitlist
        self._changes = changes
        self._clock = clock

    async def take(
        self,
        place: Place,
        holder: str,
        held_until: datetime | None,
        *,
        instead_of: Collection[str] = (),
        seen_vacant: bool = False,
    ) -> None:
        """Reserve a place for `holder`, giving back what `instead_of` holds, and the offer that is taken up with it.

        Whoever has `seen_vacant` a moment ago that nobody has the place, spares the look: the key will tell if that has
        changed. Raises SlotUnavailable, PatientDoubleBooking, TicksTaken.
        """
        if not seen_vacant:
            await self._make_way(place, instead_of)
        await self._reservations.take(place.wanted, holder, held_until)

    async def _make_way(self, place: Place, instead_of: Collection[str]) -> None:
        now = self._clock.now()
        others = [claim for claim in await self._reservations.claims(place.wanted) if claim.holder not in instead_of]
        given_up = [*instead_of, *await self._take_up_offer(place, others)]
        others = [claim for claim in others if claim.holder not in given_up]
        live = {claim.owner_id for claim in others if claim.lives(now)}
        if place.doctor_id in live:
            raise SlotUnavailable(field=["startsAt"])
        if live:
            raise PatientDoubleBooking(field=["startsAt"])
        if others:
            await self.expire({claim.holder for claim in others})
        if given_up:
            await self._reservations.release(given_up)

    async def _take_up_offer(self, place: Place, claims: Sequence[Claim]) -> list[str]:
        """Answer the waitlist entry that holds this very slot for this patient: it is booked with it."""
        entries = {claim.holder for claim in claims if is_id(claim.holder, "wle")}
        if not entries or place.user_id is None:
            return []
        for entry in await self._waitlist.locked_offered(entries):
            mine = entry.user_id == place.user_id and entry.offered_starts_at == place.interval.starts_at
            if mine and waitlist_status_of(entry, self._clock.now()) is WaitlistStatus.OFFERED:
                entry.status, entry.live_key = WaitlistStatus.BOOKED, None
                self._changes.of_entry(entry, WaitlistBooked)
                return [entry.id]
        return []

    async def expire(self, holders: Collection[str]) -> int:
        """End holds whose time has passed, and what they belonged to; answers how many that were."""
        now = self._clock.now()
        ended: list[str] = []
        for row in await self._appointments.locked_pending(holders):
            if row.pay_by <= now:
                row.status = AppointmentStatus.EXPIRED
                self._changes.of_appointment(row, AppointmentExpired)
                ended.append(row.id)
        for entry in await self._waitlist.locked_offered(holders):
            if entry.offer_expires_at is not None and entry.offer_expires_at <= now:
                entry.status, entry.live_key = WaitlistStatus.EXPIRED, None
                self._changes.of_entry(entry, WaitlistExpired)
                ended.append(entry.id)
        # Not what was paid or taken a moment ago: those reservations are firm by now, and the primary key guards them.
        if ended:
            await self._reservations.release(ended)
        return len(ended)


async def retried(attempt: Callable[[], Awaitable[Result]], recall: Callable[[], Awaitable[Result | None]]) -> Result:
    """Run `attempt` again when another transaction was quicker: the next look sees what that one did.

    If it was a twin of this request, `recall` has its answer.
    """
    for _ in range(ATTEMPTS):
        try:
            return await attempt()
        except (TicksTaken, KeyUsed):
            answered = await recall()
            if answered is not None:
                return answered
    raise SubgraphUnavailable("The calendar is very busy; try again.")
