"""The memory of doctors read lately, for those who only look: the public and patients.

Entries end by time and by `invalidate`, which this process calls when it has changed a doctor, and the follower of
doctor.* when any process has. What was read while something was invalidated may be what was before, and is not kept.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from shared.clock import Clock
from subgraphs.doctors.documents import DoctorDocument

Read = Callable[[Sequence[str]], Awaitable[list[DoctorDocument | None]]]


class DoctorCache:
    """Keeps at most `size` doctors, each for `kept_for`; `read` answers those that it does not have."""

    def __init__(
        self, read: Read, clock: Clock, *, kept_for: timedelta = timedelta(seconds=30), size: int = 10_000
    ) -> None:
        self._read = read
        self._clock = clock
        self._kept_for = kept_for
        self._size = size
        self._kept: OrderedDict[str, tuple[datetime, DoctorDocument]] = OrderedDict()
        self._invalidations = 0

    async def by_id(self, ids: Sequence[str]) -> list[DoctorDocument | None]:
        """Answer doctors in the order of `ids`, in at most one query."""
        now = self._clock.now()
        found = {key: doctor for key in ids if (doctor := self._alive(key, now)) is not None}
        missing = [key for key in ids if key not in found]
        if missing:
            before = self._invalidations
            read = [doctor for doctor in await self._read(missing) if doctor is not None]
            found |= {doctor.id: doctor for doctor in read}
            if before == self._invalidations:
                self._keep(read, now + self._kept_for)
        return [found.get(key) for key in ids]

    def invalidate(self, doctor_id: str) -> None:
        """Forget a doctor who has changed."""
        self._invalidations += 1
        self._kept.pop(doctor_id, None)

    def clear(self) -> None:
        """Forget everyone: changes may have gone unheard."""
        self._invalidations += 1
        self._kept.clear()

    def _alive(self, doctor_id: str, now: datetime) -> DoctorDocument | None:
        ends, doctor = self._kept.get(doctor_id, (now, None))
        return doctor if now < ends else None

    def _keep(self, doctors: Sequence[DoctorDocument], ends: datetime) -> None:
        for doctor in doctors:
            self._kept[doctor.id] = (ends, doctor)
            self._kept.move_to_end(doctor.id)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
