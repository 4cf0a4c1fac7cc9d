"""Booking: an appointment that waits for its payment, and its reservation, made in one transaction.

Before the transaction others are asked (is the e-mail verified, does the doctor take bookings); within it there are
only the statements that decide: the key, the hours (locked against publication), the claims, and the inserts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.auth import Caller
from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import Refusal, Unauthenticated
from shared.ids import is_id, new_id
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import EmailNotVerified, PatientDoubleBooking, SlotUnavailable
from subgraphs.appointments.events import AppointmentBooked
from subgraphs.appointments.repository import (
    AppointmentRepository,
    AvailabilityRepository,
    ReservationRepository,
)
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctor, Doctors
from subgraphs.appointments.service.keys import Keys, Request
from subgraphs.appointments.service.listing import FreeSlot, Listing, hours_of
from subgraphs.appointments.service.placement import Place, Placement, retried
from subgraphs.appointments.service.slots import Interval, slot_at, today_in
from subgraphs.appointments.service.texts import optional_text
from subgraphs.appointments.service.ticks import tick_of
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus

LONGEST_SYMPTOMS = 2000
LONGEST_HISTORY = 4000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a patient asks for."""

    doctor_id: str
    starts_at: datetime
    symptoms: str | None
    prior_medical_history: str | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The appointment, or why not, with free slots near the one that was refused."""

    appointment: AppointmentRow | None = None
    refusal: Refusal | None = None
    alternatives: Sequence[FreeSlot] = field(default=())


class Calendar:
    """Asks, inside a transaction, which slot begins at an instant: the rules that the listing follows too."""

    def __init__(self, availability: AvailabilityRepository, clock: Clock) -> None:
        self._availability = availability
        self._clock = clock

    async def slot(self, doctor: Doctor, starts_at: datetime) -> Interval:
        """Answer the slot, taken or not; raises TooShortNotice, BeyondHorizon, SlotUnavailable."""
        published = await self._availability.on_day(doctor.id, today_in(doctor.zone, starts_at))
        if published is None:
            raise SlotUnavailable(field=["startsAt"])
        return slot_at(hours_of(published), doctor.zone, self._clock.now(), starts_at)


class Booking:
    """Books."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        reservations: ReservationRepository,
        *,
        calendar: Calendar,
        keys: Keys,
        placement: Placement,
        changes: Changes,
        doctors: Doctors,
        listing: Listing,
        entities: EntityClient,
        clock: Clock,
        hold: timedelta,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._reservations = reservations
        self._calendar = calendar
        self._keys = keys
        self._placement = placement
        self._changes = changes
        self._doctors = doctors
        self._listing = listing
        self._entities = entities
        self._clock = clock
        self._hold = hold

    async def book(self, caller: Caller, wish: Wish) -> Answer:
        """Book a slot for the caller and hold it until it is paid or `payBy`."""
        if caller.user_id is None:
            raise Unauthenticated
        values = (wish.doctor_id, wish.starts_at, wish.symptoms, wish.prior_medical_history)
        request = Request.of(caller, "book", wish.idempotency_key, values)
        taken = await self._is_taken(wish)
        # After the look, not before: if it was this request's twin that took the slot, the key is found now.
        answered = await self._keys.answered(request)
        if answered is not None:
            return Answer(answered)
        texts = {
            "symptoms": optional_text(wish.symptoms, LONGEST_SYMPTOMS, "symptoms"),
            "prior_medical_history": optional_text(wish.prior_medical_history, LONGEST_HISTORY, "priorMedicalHistory"),
        }
        await self._require_verified(caller)
        # Where nothing will be booked, what was known of the doctor a moment ago is enough to offer other slots.
        doctor = await self._doctors.bookable(wish.doctor_id, fresh=not taken)

        async def work() -> AppointmentRow:
            return await self._place(caller, wish, doctor, texts, request)

        try:
            if taken:
                raise SlotUnavailable(field=["startsAt"])
            return Answer(await retried(lambda: self._store.transaction(work), lambda: self._keys.answered(request)))
        except (SlotUnavailable, PatientDoubleBooking) as refusal:
            near = await self._listing.near(doctor, wish.starts_at, caller.user_id)
            return Answer(refusal=refusal, alternatives=near)

    async def _is_taken(self, wish: Wish) -> bool:
        """Look without locking whether the slot is gone, so that a rush on it does not queue up to be refused."""
        holder = await self._reservations.holder_at(wish.doctor_id, tick_of(wish.starts_at), self._clock.now())
        # What is held for somebody who waits may be held for this patient; the transaction knows.
        return holder is not None and not is_id(holder, "wle")

    async def _place(
        self, caller: Caller, wish: Wish, doctor: Doctor, texts: dict[str, str | None], request: Request
    ) -> AppointmentRow:
        assert caller.user_id is not None, "only patients come here"
        now, appointment_id = self._clock.now(), new_id("apt")
        await self._keys.remember(request, appointment_id)
        interval = await self._calendar.slot(doctor, wish.starts_at)
        pay_by = now + self._hold
        await self._placement.take(Place(interval, doctor.id, caller.user_id), appointment_id, pay_by)
        row = await self._appointments.add(
            {
                "id": appointment_id,
                "doctor_id": doctor.id,
                "user_id": caller.user_id,
                "status": AppointmentStatus.PENDING_PAYMENT,
                "starts_at": interval.starts_at,
                "ends_at": interval.ends_at,
                "buffer_minutes": interval.buffer_minutes,
                "fee_units": doctor.fee.minor_units(),
                "fee_currency": doctor.fee.currency,
                "doctor_time_zone": doctor.zone,
                **texts,
                "pay_by": pay_by,
                "reschedule_count": 0,
                "sequence": 0,
                "reminded_day_before": False,
                "reminded_hour_before": False,
                "version": 1,
                "placed_at": now,
                "created_at": now,
                "updated_at": now,
            }
        )
        self._changes.announce(row, AppointmentBooked, pay_by=pay_by)
        if row.symptoms is not None or row.prior_medical_history is not None:
            self._changes.audit(caller, "appointment.write", row)
        return row

    async def _require_verified(self, caller: Caller) -> None:
        if caller.email_verified:
            return
        # The token may be older than the verification.
        assert caller.account_id is not None, "a patient is signed in"
        account = await self._entities.entity("security", "Account", caller.account_id, "emailVerified", fresh=True)
        if account is None or not account["emailVerified"]:
            raise EmailNotVerified
