"""Idempotency keys: the same key with the same input has the first answer again, whatever happened since.

What is remembered is the appointment that a key made or changed, so the answer shows it as it is now. A refusal wrote
nothing and is not remembered: the same request may succeed later. Keys belong to the account that sent them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import orjson

from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Unauthenticated
from subgraphs.appointments.errors import IdempotencyConflict, InvalidInput
from subgraphs.appointments.repository import AppointmentRepository, IdempotencyRepository
from subgraphs.appointments.service.texts import printable
from subgraphs.appointments.tables import AppointmentRow

LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Request:
    """One use of a key: whose, for which operation, and the fingerprint of the input."""

    account_id: str
    operation: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, caller: Caller, operation: str, key: str, values: Sequence[object]) -> "Request":
        """Check the key and take the input's fingerprint; raises InvalidInput."""
        if caller.account_id is None:
            raise Unauthenticated
        if not key.strip() or len(key) > LONGEST_KEY:
            raise InvalidInput(f"Between 1 and {LONGEST_KEY} characters.", field=["idempotencyKey"])
        printable(key, ["idempotencyKey"])
        fingerprint = sha256(orjson.dumps(list(values))).hexdigest()
        return cls(caller.account_id, operation, key, fingerprint)


class Keys:
    """Remembers and recalls."""

    def __init__(self, repository: IdempotencyRepository, appointments: AppointmentRepository, clock: Clock) -> None:
        self._repository = repository
        self._appointments = appointments
        self._clock = clock

    async def answered(self, request: Request) -> AppointmentRow | None:
        """Answer the appointment that this very request has led to; raises IdempotencyConflict."""
        used = await self._repository.find(request.account_id, request.operation, request.key)
        if used is None:
            return None
        if used.fingerprint != request.fingerprint:
            raise IdempotencyConflict(field=["idempotencyKey"])
        (row,) = await self._appointments.by_id([used.appointment_id])
        assert row is not None, "appointments are never deleted"
        return row

    async def remember(self, request: Request, appointment_id: str) -> None:
        """Take the key for good, or raise KeyUsed and end the transaction: a twin of this request was quicker."""
        await self._repository.add(
            request.account_id,
            request.operation,
            request.key,
            fingerprint=request.fingerprint,
            appointment_id=appointment_id,
            now=self._clock.now(),
        )
