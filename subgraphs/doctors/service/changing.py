"""How a doctor is changed: one transaction of the change and its event, after which the memory forgets the doctor."""

from collections.abc import Awaitable, Callable

from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.events.declared import event
from shared.stores.store import Store
from subgraphs.doctors.documents import DoctorDocument
from subgraphs.doctors.events import SOURCE, DoctorEvent
from subgraphs.doctors.repository import DoctorCache, DoctorRepository


class DoctorChanger:
    """What every service that changes doctors stands on."""

    def __init__(self, store: Store, doctors: DoctorRepository, cache: DoctorCache, clock: Clock) -> None:
        self.doctors = doctors
        self.clock = clock
        self._store = store
        self._cache = cache

    async def commit(self, doctor_id: str, work: Callable[[], Awaitable[DoctorDocument]]) -> DoctorDocument:
        """Run `work` in a transaction; readers of this process see it when this returns."""
        try:
            return await self._store.transaction(work)
        finally:
            self._cache.invalidate(doctor_id)

    def announce(self, doctor: DoctorDocument, fact: type[DoctorEvent]) -> None:
        """Publish what happened to a doctor, in the transaction in which it does."""
        assert doctor.account_id is not None, "a registration under way is announced to nobody"
        data = fact(doctor_id=doctor.id, account_id=doctor.account_id, version=doctor.version)
        self._store.publish(event(SOURCE, doctor.id, data, self.clock))

    def audit(self, caller: Caller, action: str, doctor_id: str) -> None:
        """Put a deed into the audit trail, in the transaction in which it is done."""
        self._store.publish(audited(SOURCE, caller, self.clock, action=action, resource=("Doctor", doctor_id)))
