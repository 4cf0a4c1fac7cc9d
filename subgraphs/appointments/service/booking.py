"""Booking: an appointment that waits for its payment, and its reservation, made in one transaction.

Before the transaction others are asked (is the e-mail verified, does the doctor take bookings); within it there are
only the statements that decide: the key, the hours (locked against publication), the claims, and the inserts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.auth import Caller
from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import Refusal, SubgraphUnavailable, Unauthenticated
from shared.ids import is_id, new_id
from shared.stores.sql import SqlStore
from subgraphs.appointments.errors import EmailNotVerified, PatientDoubleBooking, SlotUnavailable
from subgraphs.appointments.events import AppointmentBooked
from subgraphs.appointments.repository import (
    AppointmentRepository,
    AvailabilityRepository,
    ReservationRepository,
    TicksTaken,
)
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.doctors import Doctor, Doctors
from subgraphs.appointments.service.keys import Keys, Request
from subgraphs.appointments.service.listing import FreeSlot, Listing, hours_of
from subgraphs.appointments.service.placement import Place, Placement, retried
from subgraphs.appointments.service.slots import Interval, date_of, slot_at
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
        published = await self._availability.on_day(doctor.id, date_of(doctor.zone, starts_at))
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
        try:
            return Answer(await self._book(caller, caller.user_id, wish, request))
        except (Refusal, SubgraphUnavailable) as refusal:
            # What was booked under this key stays the answer, whatever holds now. It is looked up here and not first of
            # all: most requests are new, and to one that succeeds the key itself says so.
            answered = await self._keys.answered(request)
            if answered is not None:
                return Answer(answered)
            if not isinstance(refusal, SlotUnavailable | PatientDoubleBooking):
                raise
            doctor = await self._doctors.bookable(wish.doctor_id, fresh=False)
            near = await self._listing.near(doctor, wish.starts_at, caller.user_id)
            return Answer(refusal=refusal, alternatives=near)

    async def _book(self, caller: Caller, user_id: str, wish: Wish, request: Request) -> AppointmentRow:
        texts = {
            "symptoms": optional_text(wish.symptoms, LONGEST_SYMPTOMS, "symptoms"),
            "prior_medical_history": optional_text(wish.prior_medical_history, LONGEST_HISTORY, "priorMedicalHistory"),
        }
        await self._require_verified(caller)
        doctor = await self._doctors.bookable(wish.doctor_id)
        vacant = await self._look(wish)
        queueing = self._store.crowded

        async def work() -> AppointmentRow:
            nonlocal vacant
            seen_vacant, vacant = vacant and (not queueing or await self._look(wish)), False
            now, appointment_id = self._clock.now(), new_id("apt")
            await self._keys.remember(request, appointment_id)
            interval = await self._calendar.slot(doctor, wish.starts_at)
            pay_by = now + self._hold
            place = Place(interval, doctor.id, user_id)
            await self._placement.take(place, appointment_id, pay_by, seen_vacant=seen_vacant)
            facts = _new_appointment(appointment_id, place, doctor, now)
            row = await self._appointments.add({**facts, **texts, "pay_by": pay_by})
            self._changes.announce(row, AppointmentBooked, pay_by=pay_by)
            if row.symptoms is not None or row.prior_medical_history is not None:
                self._changes.audit(caller, "appointment.write", row)
            return row

        async def attempt() -> AppointmentRow:
            try:
                return await self._store.transaction(work)
            except TicksTaken:
                await self._look(wish)
                raise

        return await retried(attempt, lambda: self._keys.answered(request))

    async def _look(self, wish: Wish) -> bool:
        """Look at a slot's first tick, without a lock: a rush on it must not queue up to be refused.

        Answers whether nobody has it, nor had it; raises SlotUnavailable. What is held for somebody who waits may be
        held for this patient; the transaction knows.
        """
        claim = await self._reservations.claim_at(wish.doctor_id, tick_of(wish.starts_at))
        if claim is not None and claim.lives(self._clock.now()) and not is_id(claim.holder, "wle"):
            raise SlotUnavailable(field=["startsAt"])
        return claim is None

    async def _require_verified(self, caller: Caller) -> None:
        if caller.email_verified:
            return
        # The token may be older than the verification.
        assert caller.account_id is not None, "a patient is signed in"
        account = await self._entities.entity("security", "Account", caller.account_id, "emailVerified", fresh=True)
        if account is None or not account["emailVerified"]:
            raise EmailNotVerified


def _new_appointment(appointment_id: str, place: Place, doctor: Doctor, now: datetime) -> dict[str, Any]:
    assert place.user_id is not None, "an appointment has a patient"
    return {
        "id": appointment_id,
        "doctor_id": doctor.id,
        "user_id": place.user_id,
        "status": AppointmentStatus.PENDING_PAYMENT,
        "starts_at": place.interval.starts_at,
        "ends_at": place.interval.ends_at,
        "buffer_minutes": place.interval.buffer_minutes,
        "fee_units": doctor.fee.minor_units(),
        "fee_currency": doctor.fee.currency,
        "doctor_time_zone": doctor.zone,
        "reschedule_count": 0,
        "sequence": 0,
        "reminded_day_before": False,
        "reminded_hour_before": False,
        "version": 1,
        "placed_at": now,
        "created_at": now,
        "updated_at": now,
    }
