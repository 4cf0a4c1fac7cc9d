"""What becomes of appointments when one of the two leaves for good.

Coming ones are called off by the rules of whoever left: a patient is refunded as for any cancellation, a doctor's
patients in full. A patient waits for nothing any more. The clinical record of consultations that were held is kept, as
the law has it, but it leads to nobody: what named the patient (the PDFs) is deleted, with all that they wrote for
appointments at which nobody was seen. A second delivery finds nothing left to do.
"""

from shared.clock import Clock
from shared.errors import Refusal
from shared.stores.sql import SqlStore
from subgraphs.appointments.repository import AppointmentRepository, WaitlistRepository
from subgraphs.appointments.service.cancelling import Cancelling
from subgraphs.appointments.service.prescribing import Prescribing
from subgraphs.appointments.service.waiting import Waiting


class Departing:
    """Lets patients and doctors go."""

    def __init__(
        self,
        store: SqlStore,
        appointments: AppointmentRepository,
        waitlist: WaitlistRepository,
        *,
        cancelling: Cancelling,
        waiting: Waiting,
        prescribing: Prescribing,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appointments = appointments
        self._waitlist = waitlist
        self._cancelling = cancelling
        self._waiting = waiting
        self._prescribing = prescribing
        self._clock = clock

    async def patient_left(self, user_id: str) -> None:
        """Call off, wait no longer, and forget what names the patient."""
        await self._store.transaction(lambda: self._appointments.forget_user(user_id))
        for appointment_id in await self._appointments.coming("user_id", user_id, self._clock.now()):
            await self._call_off(appointment_id, "patient")
        for entry_id in await self._waitlist.live_of(user_id):
            await self._waiting.end_departed(entry_id)
        await self._store.transaction(lambda: self._appointments.forget_words(user_id))
        await self._prescribing.forget_patient(user_id)

    async def doctor_left(self, doctor_id: str) -> None:
        """Call off what the doctor will not hold."""
        for appointment_id in await self._appointments.coming("doctor_id", doctor_id, self._clock.now()):
            await self._call_off(appointment_id, "doctor")

    async def _call_off(self, appointment_id: str, by: str) -> None:
        try:
            await self._cancelling.call_off_departed(appointment_id, by)
        except Refusal:
            # It has begun, or was checked in, meanwhile: then it is held.
            return
