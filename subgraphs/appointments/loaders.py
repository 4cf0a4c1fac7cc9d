"""The loaders of one request: every entity reference and list goes through one, so that a hundred cost one query."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import date
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from shared.auth import Caller
from shared.graphql.context import RequestContext
from shared.pagination import Page, PageRequest
from subgraphs.appointments.documents import PrescriptionDocument
from subgraphs.appointments.repository import (
    AppointmentRepository,
    Narrowing,
    PrescriptionRepository,
    WaitlistRepository,
)
from subgraphs.appointments.repository.appointments import Owner
from subgraphs.appointments.service import Services
from subgraphs.appointments.service.doctors import Doctor
from subgraphs.appointments.service.listing import FreeSlot
from subgraphs.appointments.tables import AppointmentRow, WaitlistRow

Value = TypeVar("Value")

MOST_ENTRIES_SHOWN = 100


class Loaders:
    """One set a request; a subscription makes a new one for each event."""

    def __init__(
        self,
        services: Services,
        appointments: AppointmentRepository,
        prescriptions: PrescriptionRepository,
        waitlist: WaitlistRepository,
        caller: Caller,
    ) -> None:
        self._services = services
        self._appointments = appointments
        self._prescriptions = prescriptions
        self._waitlist = waitlist
        self._caller = caller
        self._made: dict[Hashable, Any] = {}
        self.appointment: DataLoader[str, AppointmentRow | None] = DataLoader(load_fn=appointments.by_id)
        self.prescription: DataLoader[str, PrescriptionDocument | None] = DataLoader(load_fn=prescriptions.by_id)
        self.prescription_of: DataLoader[str, PrescriptionDocument | None] = DataLoader(load_fn=prescriptions.latest_of)
        self.next_slot: DataLoader[str, FreeSlot | None] = DataLoader(load_fn=services.listing.next_slots)
        self.entries_of: DataLoader[str, list[WaitlistRow]] = DataLoader(load_fn=self._load_entries)
        self.doctor: DataLoader[str, Doctor | None] = DataLoader(load_fn=self._load_doctors)
        self.opened_appointment: DataLoader[AppointmentRow, None] = DataLoader(
            load_fn=self._note_appointments, cache_key_fn=_id_of
        )
        self.opened_prescription: DataLoader[PrescriptionDocument, None] = DataLoader(
            load_fn=self._note_prescriptions, cache_key_fn=_id_of
        )

    def anew(self) -> "Loaders":
        """Answer a set that has loaded nothing yet."""
        return Loaders(self._services, self._appointments, self._prescriptions, self._waitlist, self._caller)

    def slots(self, first: date, last: date) -> DataLoader[str, list[FreeSlot]]:
        """Answer the loader of these dates' slots for any number of doctors."""

        async def load(doctor_ids: list[str]) -> list[list[FreeSlot]]:
            return await self._services.listing.slots(doctor_ids, first, last)

        return self._once(("slots", first, last), load)

    def open_dates(self, first: date, last: date) -> DataLoader[str, list[date]]:
        """Answer the loader of the dates with a free slot for any number of doctors."""

        async def load(doctor_ids: list[str]) -> list[list[date]]:
            return await self._services.listing.open_dates(doctor_ids, first, last)

        return self._once(("open_dates", first, last), load)

    def appointments_of(
        self, owner: Owner, narrowing: Narrowing, request: PageRequest
    ) -> DataLoader[str, Page[AppointmentRow]]:
        """Answer the loader of this page for any number of doctors, or of patients."""

        async def load(owner_ids: list[str]) -> list[Page[AppointmentRow]]:
            return await self._appointments.pages(owner, owner_ids, narrowing, request, self._services.clock.now())

        return self._once(("appointments", owner, narrowing, _page(request)), load)

    def prescriptions_of(
        self, doctor_id: str | None, request: PageRequest
    ) -> DataLoader[str, Page[PrescriptionDocument]]:
        """Answer the loader of this page of prescriptions, one doctor's or anybody's, for any number of patients."""

        async def load(user_ids: list[str]) -> list[Page[PrescriptionDocument]]:
            return await self._prescriptions.pages(user_ids, doctor_id, request)

        return self._once(("prescriptions", doctor_id, _page(request)), load)

    def _once(self, key: Hashable, load: Callable[[list[str]], Awaitable[list[Value]]]) -> DataLoader[str, Value]:
        """Answer one and the same loader for the same arguments."""
        loader: DataLoader[str, Value] | None = self._made.get(key)
        if loader is None:
            loader = self._made[key] = DataLoader(load_fn=load)
        return loader

    async def _load_entries(self, user_ids: list[str]) -> list[list[WaitlistRow]]:
        return await self._waitlist.of_users(user_ids, MOST_ENTRIES_SHOWN)

    async def _load_doctors(self, doctor_ids: list[str]) -> list[Doctor | None]:
        facts = await self._services.doctors.facts(doctor_ids)
        return [facts.get(doctor_id) for doctor_id in doctor_ids]

    async def _note_appointments(self, rows: list[AppointmentRow]) -> list[None]:
        await self._services.viewing.note_reading(self._caller, rows)
        return [None] * len(rows)

    async def _note_prescriptions(self, prescriptions: list[PrescriptionDocument]) -> list[None]:
        await self._services.prescribing.note_reading(self._caller, prescriptions)
        return [None] * len(prescriptions)


def _id_of(row: AppointmentRow | PrescriptionDocument) -> str:
    return row.id


def _page(request: PageRequest) -> tuple[object, ...]:
    return (request.size, request.backward, tuple(request.key or ()))


Context = RequestContext[Services, Loaders]
Info = strawberry.Info[Context, None]
