"""Live updates: authorised at subscribe, and again for every event, by what is true then."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import strawberry

from shared.auth import Caller
from shared.errors import NotFound
from shared.events.envelope import Event
from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.loaders import Info
from subgraphs.appointments.service.slots import today_in
from subgraphs.appointments.service.viewing import READ
from subgraphs.appointments.types import Appointment, AppointmentChange, AppointmentUpdate, AvailabilityChange

CHANGES = {
    "appointment.booked": AppointmentChange.BOOKED,
    "appointment.confirmed": AppointmentChange.CONFIRMED,
    "appointment.rescheduled": AppointmentChange.RESCHEDULED,
    "appointment.checked_in": AppointmentChange.CHECKED_IN,
    "appointment.completed": AppointmentChange.COMPLETED,
    "appointment.cancelled": AppointmentChange.CANCELLED,
    "appointment.expired": AppointmentChange.EXPIRED,
    "appointment.no_show": AppointmentChange.NO_SHOW,
    "prescription.issued": AppointmentChange.PRESCRIBED,
}
MOVING = {"appointment.booked", "appointment.cancelled", "appointment.expired", "appointment.rescheduled"}


@strawberry.type
class Subscription:
    @strawberry.subscription(
        description="Changes to the appointments that the caller may see, narrowed by any of the arguments."
    )
    async def appointment_updated(
        self,
        info: Info,
        appointment_id: strawberry.ID | None = None,
        doctor_id: strawberry.ID | None = None,
        user_id: strawberry.ID | None = None,
    ) -> AsyncIterator[AppointmentUpdate]:
        context = info.context
        caller = context.caller
        asked = {"appointment_id": appointment_id, "doctor_id": doctor_id, "user_id": user_id}
        _require_own(caller, doctor_id, user_id)
        if appointment_id is not None and await Appointment.find(info, appointment_id) is None:
            raise NotFound

        def wants(event: Event) -> bool:
            named = all(value is None or event.data.get(name) == value for name, value in asked.items())
            return event.type in CHANGES and named and _may_concern(caller, event)

        async for event in context.service.live.subscribe(caller, wants):
            # What the last event loaded is history.
            context.loaders = context.loaders.anew()
            found = await Appointment.find(info, event.data["appointment_id"])
            if found is not None:
                yield AppointmentUpdate(appointment=found, change=CHANGES[event.type], at=event.time)

    @strawberry.subscription(description="The doctor's bookable slots changed (booked, freed, published).")
    async def availability_changed(self, info: Info, doctor_id: strawberry.ID) -> AsyncIterator[AvailabilityChange]:
        context = info.context
        zone = await _zone_of_active(info, doctor_id)
        if zone is None:
            raise NotFound

        def wants(event: Event) -> bool:
            moved = event.type in MOVING or event.topic == "availability"
            return event.data.get("doctor_id") == doctor_id and (moved or event.type.startswith("waitlist."))

        async for event in context.service.live.subscribe(context.caller, wants):
            zone = await _zone_of_active(info, doctor_id)
            if zone is None:
                continue
            for day in _dates(event, zone):
                yield AvailabilityChange(doctor=Doctor(id=doctor_id), day=day)


def _require_own(caller: Caller, doctor_id: str | None, user_id: str | None) -> None:
    """Let people ask for their own appointments, and readers for anybody's; a foreign one is missing."""
    if caller.may(READ):
        return
    mine = caller.doctor_id is not None or caller.user_id is not None
    as_doctor = doctor_id is None or doctor_id == caller.doctor_id or caller.user_id is not None
    as_patient = user_id is None or user_id == caller.user_id or caller.doctor_id is not None
    if not (mine and as_doctor and as_patient):
        raise NotFound


def _may_concern(caller: Caller, event: Event) -> bool:
    """Tell cheaply whether the caller may be concerned, so that only then the appointment is read."""
    data = event.data
    as_patient = caller.user_id is not None and data.get("user_id") == caller.user_id
    as_doctor = caller.doctor_id is not None and data.get("doctor_id") == caller.doctor_id
    return as_patient or as_doctor or caller.may(READ)


async def _zone_of_active(info: Info, doctor_id: str) -> str | None:
    doctor = (await info.context.service.doctors.facts([doctor_id])).get(doctor_id)
    return doctor.zone if doctor is not None and doctor.active else None


def _dates(event: Event, zone: str) -> list[date]:
    """Answer the dates of the doctor's calendar that an event concerns, in order."""
    data: dict[str, Any] = dict(event.data)
    if "date" in data:
        return [date.fromisoformat(data["date"])]
    instants = [data[name] for name in ("starts_at", "previous_starts_at") if name in data] or [event.time.isoformat()]
    return sorted({today_in(zone, datetime.fromisoformat(instant)) for instant in instants})
