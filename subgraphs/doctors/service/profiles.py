"""A doctor's own profile: changes, and, after a rejection, another try."""

from shared.auth import Caller
from subgraphs.doctors.documents import Address, DoctorDocument, DoctorStatus
from subgraphs.doctors.errors import NoSuchDoctor
from subgraphs.doctors.events import DoctorResubmitted, DoctorUpdated
from subgraphs.doctors.service.changing import DoctorChanger
from subgraphs.doctors.service.details import DoctorChanges, checked_changes, derived


class ProfileService:
    """Changes profiles."""

    def __init__(self, changer: DoctorChanger) -> None:
        self._changer = changer

    async def update(self, caller: Caller, changes: DoctorChanges) -> DoctorDocument:
        """Change the caller's own profile; a rejected doctor's goes back to PENDING with it, even unchanged.

        Raises InvalidInput naming the field, NoSuchDoctor.
        """
        fields = checked_changes(changes)
        doctor_id = caller.doctor_id or ""

        async def work() -> DoctorDocument:
            before = await self._changer.doctors.get(doctor_id)
            if before is None:
                raise NoSuchDoctor
            resubmitted = before.status is DoctorStatus.REJECTED
            if not resubmitted and all(getattr(before, name) == value for name, value in fields.items()):
                return before
            after = before.model_copy(update=fields)
            kept = {**fields, **derived(after)}
            if isinstance(address := kept.get("address"), Address):
                kept["address"] = address.model_dump()
            if resubmitted:
                kept["status"] = DoctorStatus.PENDING.value
            # A review that was quicker makes this transaction conflict, and begin again from what it left.
            doctor = await self._changer.doctors.change(doctor_id, {"$set": kept, "$inc": {"version": 1}})
            if doctor is None:
                raise NoSuchDoctor
            self._changer.announce(doctor, DoctorResubmitted if resubmitted else DoctorUpdated)
            return doctor

        return await self._changer.commit(doctor_id, work)
