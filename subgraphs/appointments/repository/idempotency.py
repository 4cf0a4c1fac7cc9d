"""Idempotency keys: what an account's key was used for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from shared.stores.sql import SqlStore
from shared.stores.sql_errors import DuplicateKey
from shared.stores.sql_statements import Command, Query
from subgraphs.appointments.tables import IdempotencyRow

USE_OF_KEY = Query(
    select(col(IdempotencyRow.fingerprint), col(IdempotencyRow.appointment_id)).where(
        col(IdempotencyRow.account_id) == bindparam("account"),
        col(IdempotencyRow.operation) == bindparam("operation"),
        col(IdempotencyRow.key) == bindparam("used"),
    )
)
USE = Command(insert(IdempotencyRow))


class KeyUsed(Exception):
    """A concurrent request used the key first; whoever looks again finds its answer."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a key was used for."""

    fingerprint: str
    appointment_id: str


class IdempotencyRepository:
    """Reads and writes idempotency keys."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def find(self, account_id: str, operation: str, key: str) -> Use | None:
        """Answer what the key was used for."""
        found = await self._store.read(USE_OF_KEY, account=account_id, operation=operation, used=key)
        return Use(*found[0]) if found else None

    async def add(
        self, account_id: str, operation: str, key: str, *, fingerprint: str, appointment_id: str, now: datetime
    ) -> None:
        """Remember the key, or raise KeyUsed and end the transaction."""
        values = {
            "account_id": account_id,
            "operation": operation,
            "key": key,
            "fingerprint": fingerprint,
            "appointment_id": appointment_id,
            "used_at": now,
        }
        try:
            await self._store.run(USE, values)
        except DuplicateKey as error:
            raise KeyUsed from error

    async def forget_before(self, instant: datetime) -> None:
        """Forget keys that nobody repeats any more."""
        await self._store.session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.used_at) < instant))
