"""Idempotency keys: what an account's key was used for."""

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from shared.stores.sql import SqlStore
from subgraphs.appointments.tables import IdempotencyRow

# Built once: building a statement costs more than running it.
USE_OF_KEY = select(IdempotencyRow).where(
    col(IdempotencyRow.account_id) == bindparam("account"),
    col(IdempotencyRow.operation) == bindparam("operation"),
    col(IdempotencyRow.key) == bindparam("used"),
)
USE = insert(IdempotencyRow.__table__)  # type: ignore[attr-defined]  # SQLModel's classes have it when they are tables.


class KeyUsed(Exception):
    """A concurrent request used the key first; whoever looks again finds its answer."""


class IdempotencyRepository:
    """Reads and writes idempotency keys."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def find(self, account_id: str, operation: str, key: str) -> IdempotencyRow | None:
        """Answer what the key was used for."""
        asked = {"account": account_id, "operation": operation, "used": key}
        async with self._store.reading() as session:
            found: IdempotencyRow | None = await session.scalar(USE_OF_KEY, asked)
            return found

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
            await self._store.session.execute(USE, values)
        except IntegrityError as error:
            raise KeyUsed from error

    async def forget_before(self, instant: datetime) -> None:
        """Forget keys that nobody repeats any more."""
        await self._store.session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.used_at) < instant))
