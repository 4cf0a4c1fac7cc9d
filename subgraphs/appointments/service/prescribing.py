"""Prescriptions: issued by the appointment's doctor once it is paid, in versions that are never overwritten.

The PDF is written before the record that names it, under a key of its own: a record never lacks its PDF, and a PDF
whose record lost a race is removed. The record and its event are one transaction. Every write and every reading of the
content leaves an audit record; if that cannot be kept, the content is not shown.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.audit import audited
from shared.auth import Caller
from shared.blobs.store import BlobStore
from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.events.declared import event
from shared.ids import new_id
from shared.stores.mongo import MongoStore
from subgraphs.appointments.documents import Medicine, PrescriptionDocument
from subgraphs.appointments.errors import InvalidInput, InvalidState, NoSuchObject, PaymentPending
from subgraphs.appointments.events import SOURCE, PrescriptionIssued
from subgraphs.appointments.repository import AppointmentRepository, PrescriptionRepository, VersionTaken
from subgraphs.appointments.service.status import PAID, status_of
from subgraphs.appointments.service.texts import optional_text, required_text
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus

LONGEST_TEXT = 4000
LONGEST_LINE = 200
MOST_MEDICINES = 50
MOST_DAYS = 730
ADDRESS_LIVES = timedelta(minutes=5)
ATTEMPTS = 4
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a doctor prescribes."""

    diagnosis: str
    medicines: Sequence[Medicine]
    advice: str | None


class Prescribing:
    """Issues prescriptions and opens them for those concerned."""

    def __init__(
        self,
        store: MongoStore,
        prescriptions: PrescriptionRepository,
        appointments: AppointmentRepository,
        *,
        blobs: BlobStore,
        entities: EntityClient,
        clock: Clock,
    ) -> None:
        self._store = store
        self._prescriptions = prescriptions
        self._appointments = appointments
        self._blobs = blobs
        self._entities = entities
        self._clock = clock

    async def issue(self, caller: Caller, appointment_id: str, draft: Draft) -> PrescriptionDocument:
        """Issue the next version; raises NoSuchObject, PaymentPending, InvalidState, InvalidInput."""
        (row,) = await self._appointments.by_id([appointment_id])
        if row is None or caller.doctor_id is None or row.doctor_id != caller.doctor_id:
            raise NoSuchObject(field=["appointmentId"])
        status = status_of(row, self._clock.now())
        if status in {AppointmentStatus.PENDING_PAYMENT, AppointmentStatus.EXPIRED}:
            raise PaymentPending(field=["appointmentId"])
        if status not in PAID:
            raise InvalidState(field=["appointmentId"])
        checked = _check(draft)
        doctor_name, patient_name = await self._names(row)
        for _ in range(ATTEMPTS):
            (latest,) = await self._prescriptions.latest_of([row.id])
            prescription = self._next(row, latest, checked)
            # Drawing needs libraries that take a second to load, and few processes ever draw.
            from subgraphs.appointments.service.pdf import Sheet, draw

            sheet = Sheet(prescription, doctor_name, patient_name, row.doctor_time_zone)
            await self._blobs.write(prescription.blob_key, await asyncio.to_thread(draw, sheet), PDF)
            try:
                await self._store.transaction(lambda made=prescription: self._keep(caller, made))  # type: ignore[misc]  # mypy does not infer a lambda's defaults.
            except VersionTaken:
                await self._blobs.delete(prescription.blob_key)
                continue
            return prescription
        raise SubgraphUnavailable("Others prescribe at the same appointment; try again.")

    async def forget_patient(self, user_id: str) -> None:
        """Delete the PDFs, which name the patient; the records stay, and name an id that leads to nobody."""
        await self._prescriptions.forget_user(user_id)
        for prescription in await self._prescriptions.drawn_for(user_id):
            await self._blobs.delete(prescription.blob_key)
            await self._prescriptions.forget_pdf(prescription.id)

    async def address(self, prescription: PrescriptionDocument) -> str | None:
        """Answer a short-lived address of the PDF; None if its patient was erased."""
        if not prescription.blob_key:
            return None
        name = f"prescription-{prescription.issued_at:%Y-%m-%d}-v{prescription.version}.pdf"
        return await self._blobs.presign_download(
            prescription.blob_key, filename=name, content_type=PDF, expires_in=ADDRESS_LIVES
        )

    async def note_reading(self, caller: Caller, prescriptions: Sequence[PrescriptionDocument]) -> None:
        """Leave an audit record for each prescription whose content the caller is about to be shown."""
        records = [
            audited(
                SOURCE,
                caller,
                self._clock,
                action="prescription.read",
                resource=("Prescription", prescription.id),
                user_id=prescription.user_id,
            )
            for prescription in prescriptions
        ]

        async def work() -> None:
            self._store.publish(*records)

        await self._store.transaction(work)

    def _next(self, row: AppointmentRow, latest: PrescriptionDocument | None, draft: Draft) -> PrescriptionDocument:
        id_ = new_id("pre")
        return PrescriptionDocument(
            id=id_,
            appointment_id=row.id,
            doctor_id=row.doctor_id,
            user_id=row.user_id,
            diagnosis=draft.diagnosis,
            medicines=list(draft.medicines),
            advice=draft.advice,
            version=latest.version + 1 if latest is not None else 1,
            blob_key=f"prescriptions/{id_}.pdf",
            issued_at=self._clock.now(),
        )

    async def _keep(self, caller: Caller, prescription: PrescriptionDocument) -> None:
        await self._prescriptions.add(prescription)
        issued = PrescriptionIssued(
            prescription_id=prescription.id,
            appointment_id=prescription.appointment_id,
            doctor_id=prescription.doctor_id,
            user_id=prescription.user_id,
            version=prescription.version,
        )
        self._store.publish(
            event(SOURCE, prescription.id, issued, self._clock),
            audited(
                SOURCE,
                caller,
                self._clock,
                action="prescription.issue",
                resource=("Prescription", prescription.id),
                user_id=prescription.user_id,
            ),
        )

    async def _names(self, row: AppointmentRow) -> tuple[str, str]:
        doctor, patient = await asyncio.gather(
            self._entities.entity("doctors", "Doctor", row.doctor_id, "firstName lastName"),
            self._entities.entity("users", "User", row.user_id, "firstName lastName"),
        )
        if doctor is None or patient is None:
            raise SubgraphUnavailable("The names for the prescription are not there; try again.")
        return f"{doctor['firstName']} {doctor['lastName']}", f"{patient['firstName']} {patient['lastName']}"


def _check(draft: Draft) -> Draft:
    if not 1 <= len(draft.medicines) <= MOST_MEDICINES:
        raise InvalidInput(f"Between 1 and {MOST_MEDICINES} medicines.", field=["medicines"])
    return Draft(
        diagnosis=required_text(draft.diagnosis, LONGEST_TEXT, "diagnosis"),
        medicines=[_check_medicine(medicine, place) for place, medicine in enumerate(draft.medicines)],
        advice=optional_text(draft.advice, LONGEST_TEXT, "advice"),
    )


def _check_medicine(medicine: Medicine, place: int) -> Medicine:
    at = ("medicines", str(place))
    if not 1 <= medicine.duration_days <= MOST_DAYS:
        raise InvalidInput(f"Between 1 and {MOST_DAYS} days.", field=[*at, "durationDays"])
    return Medicine(
        name=required_text(medicine.name, LONGEST_LINE, *at, "name"),
        type=required_text(medicine.type, LONGEST_LINE, *at, "type"),
        dosage=required_text(medicine.dosage, LONGEST_LINE, *at, "dosage"),
        frequency=required_text(medicine.frequency, LONGEST_LINE, *at, "frequency"),
        duration_days=medicine.duration_days,
        remarks=optional_text(medicine.remarks, LONGEST_LINE, *at, "remarks"),
    )
