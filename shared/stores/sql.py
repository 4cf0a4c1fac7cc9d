"""The SQL store: SQLite by a connection of ours and MySQL by aiomysql, with transactions, the outbox and the inbox.

SQLite takes one writer at a time. Its transactions wait in this process for an asyncio lock, which is fair; SQLite's
own busy handler, which sleeps and hopes, is left for other processes. Readers have connections of their own and see a
snapshot (WAL). On MySQL deadlocks and lock time-outs run the work again.

Order per subject. Events are inserted as the last statements before the commit, when the transaction holds the row
locks of the aggregates it has written; the database numbers them then. Of two transactions that write one aggregate,
the later one gets the lock after the earlier one's commit, and so the higher numbers. The law for callers: an event's
subject is an aggregate that its transaction writes. Numbers of other subjects may become visible out of order, which
is why the relay forgets events one by one and keeps no offset.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any, Self, TypeVar

from sqlalchemy import MetaData, bindparam, delete, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared.clock import Clock, SystemClock
from shared.events.envelope import Event, from_json, to_json
from shared.stores.sql_connections import SqlTransaction
from shared.stores.sql_engines import ANSWER_SECONDS, Engines, open_engines
from shared.stores.sql_errors import DuplicateKey, is_conflict, is_outage, refused_key
from shared.stores.sql_outbox import outbox_tables
from shared.stores.sql_statements import Columns, Command, Compiled, Query, Values
from shared.stores.transactions import CommitSignal, OpenTransaction, StoreUnavailable, Transactions, run_again

Result = TypeVar("Result")

INBOX_AGE = timedelta(days=30)
_TABLES = outbox_tables(MetaData())
_OUTBOX, _LEASES = _TABLES.outbox.c, _TABLES.leases.c
_ADD_EVENTS = Command(insert(_TABLES.outbox).values(event_id=bindparam("event_id"), body=bindparam("body")))
_OLDEST = Query(select(_OUTBOX.body).order_by(_OUTBOX.number).limit(bindparam("limit")))
_TAKE_LEASE = Command(insert(_TABLES.leases))
_MARK = Command(
    insert(_TABLES.inbox)
    .prefix_with("OR IGNORE", dialect="sqlite")
    .prefix_with("IGNORE", dialect="mysql")
    .prefix_with("IGNORE", dialect="mariadb")
)


class SqlStore:
    """One SQL database. Make it with `open`, which opens nothing that `close` does not close."""

    def __init__(self, engines: Engines, *, clock: Clock, answer_seconds: float) -> None:
        self.engines = engines
        self._clock = clock
        self._answer_seconds = answer_seconds
        self._signal = CommitSignal()
        self._compiled: dict[Command | Query[*tuple[Any, ...]], Compiled] = {}
        self._transactions: Transactions[SqlTransaction] = Transactions(str(self.engine.url.database))
        self._dialect = self.engine.dialect
        # SQLite takes one writer at a time.
        self._turns = asyncio.Lock() if engines.writing.is_sqlite else nullcontext()

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, answer_seconds: float = ANSWER_SECONDS) -> Self:
        """Open `sqlite+aiosqlite:///path` or `mysql+aiomysql://…`; the tables come from migrations.

        A transaction, or a read, that takes longer than `answer_seconds` counts as an outage.
        """
        return cls(open_engines(url, answer_seconds), clock=clock or SystemClock(), answer_seconds=answer_seconds)

    @property
    def engine(self) -> AsyncEngine:
        """Where transactions run."""
        return self.engines.writing.engine

    @property
    def crowded(self) -> bool:
        """Tell whether a transaction that is begun now would wait for its turn: what was seen before it may be old."""
        return self.engines.writing.crowded

    @property
    def session(self) -> AsyncSession:
        """The session of this task's transaction; raises OutsideTransaction."""
        return self._transactions.required().session.session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session for reads: the open transaction's, so that it sees its own writes, else one of its own."""
        transaction = self._transactions.current()
        if transaction is not None:
            yield transaction.session.session
            return
        with _outages_told():
            reading = self.engines.reading
            async with (
                asyncio.timeout(self._answer_seconds),
                reading.taken() as made,
                reading.session(made) as session,
            ):
                yield session

    async def run(self, statement: Command, values: Values | Sequence[Values]) -> int:
        """Write in the open transaction; answers how many rows it was. Raises DuplicateKey."""
        transaction = self._transactions.required().session
        try:
            return await transaction.run(self._compile(statement), values)
        except Exception as error:
            key = refused_key(error)
            if key is not None:
                raise DuplicateKey(key) from error
            raise

    async def read(self, query: Query[*Columns], **values: Any) -> list[tuple[*Columns]]:
        """Read all rows, in the open transaction if there is one."""
        transaction, statement = self._transactions.current(), self._compile(query)
        if transaction is not None:
            return await transaction.session.read(statement, values)
        with _outages_told():
            async with asyncio.timeout(self._answer_seconds):
                return await self.engines.reading.read(statement, values)

    async def transaction(self, work: Callable[[], Awaitable[Result]]) -> Result:
        transaction = self._transactions.current()
        if transaction is not None:
            return await transaction.join(work)
        with _outages_told():
            return await run_again(lambda: self._attempt(work), is_conflict)

    async def _attempt(self, work: Callable[[], Awaitable[Result]]) -> Result:
        writing = self.engines.writing
        async with (
            self._turns,
            asyncio.timeout(self._answer_seconds),
            writing.taken() as made,
            writing.cursor(made) as cursor,
            SqlTransaction(writing, made, cursor) as session,
        ):
            with self._transactions.opened(session) as transaction:
                result = await work()
                transaction.check()
                await self._write_events(transaction)
        if transaction.events:
            self._signal.poke()
        return result

    async def _write_events(self, transaction: OpenTransaction[SqlTransaction]) -> None:
        await transaction.session.flush()
        if transaction.events:
            rows = [{"event_id": event.id, "body": to_json(event).decode()} for event in transaction.events]
            await transaction.session.run(self._compile(_ADD_EVENTS), rows)

    def _compile(self, statement: Command | Query[*tuple[Any, ...]]) -> Compiled:
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = statement.compiled(self._dialect)
        return compiled

    def publish(self, *events: Event) -> None:
        self._transactions.required().events.extend(events)

    async def first_time(self, consumer: str, event_id: str) -> bool:
        mark = {"consumer": consumer, "event_id": event_id, "at": self._clock.now()}
        return await self.run(_MARK, mark) == 1

    async def unpublished(self, limit: int) -> list[Event]:
        return [from_json(body) for (body,) in await self.read(_OLDEST, limit=limit)]

    async def forget(self, event_ids: Sequence[str]) -> None:
        async def work() -> None:
            await self.session.execute(delete(_TABLES.outbox).where(_OUTBOX.event_id.in_(event_ids)))

        await self.transaction(work)

    async def wait(self, seconds: float) -> None:
        await self._signal.wait(seconds)

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease; False while another holds it. Holders' clocks must agree within its length."""
        now = self._clock.now()
        values = {"name": name, "holder": holder, "until": now + timedelta(seconds=seconds)}
        mine_or_over = (_LEASES.holder == holder) | (_LEASES.until < now)

        async def work() -> bool:
            taken = await self.session.execute(
                update(_TABLES.leases).where(_LEASES.name == name, mine_or_over).values(values)
            )
            if _count(taken):
                return True
            held = await self.session.scalar(select(_LEASES.holder).where(_LEASES.name == name))
            if held is None:
                await self.run(_TAKE_LEASE, values)
            return held is None

        try:
            return await self.transaction(work)
        except DuplicateKey:
            # Another made the row between our look and our insert.
            return False

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back early, so that the next holder need not wait for its end."""

        async def work() -> None:
            mine = (_LEASES.name == name) & (_LEASES.holder == holder)
            await self.session.execute(delete(_TABLES.leases).where(mine))

        await self.transaction(work)

    async def tidy(self) -> None:
        """Forget inbox marks older than any redelivery."""
        inbox = _TABLES.inbox

        async def work() -> None:
            await self.session.execute(delete(inbox).where(inbox.c.at < self._clock.now() - INBOX_AGE))

        await self.transaction(work)

    async def close(self) -> None:
        await self.engines.close()


@contextmanager
def _outages_told() -> Iterator[None]:
    """Tell an outage, or conflicts without an end, as what callers know."""
    try:
        yield
    except Exception as error:
        if is_outage(error) or is_conflict(error):
            raise StoreUnavailable from error
        raise


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult), "a statement that writes answers a cursor"
    return result.rowcount
