"""The SQL store: SQLite by a connection of ours and MySQL by aiomysql, with transactions, the outbox and the inbox.

SQLite takes one writer at a time. Its transactions begin IMMEDIATE, so that they conflict at the start and not half
way, and wait in this process for an asyncio lock, which is fair; SQLite's own busy handler, which sleeps and hopes,
is left for other processes. Readers have connections of their own and see a snapshot (WAL).

MySQL runs READ COMMITTED: under REPEATABLE READ a relay's scan would lock gaps and block every insert. Deadlocks and
lock time-outs run the work again.

Order per subject. Events are inserted as the last statements before the commit, when the transaction holds the row
locks of the aggregates it has written; the database numbers them then. Of two transactions that write one aggregate,
the later one gets the lock after the earlier one's commit, and so the higher numbers. The law for callers: an event's
subject is an aggregate that its transaction writes. Numbers of other subjects may become visible out of order, which
is why the relay forgets events one by one and keeps no offset.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Self, TypeVar

from sqlalchemy import MetaData, delete, event, insert, select, update
from sqlalchemy.engine import URL, CursorResult, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from shared.clock import Clock, SystemClock
from shared.events.envelope import Event, from_json, to_json
from shared.stores.sql_outbox import outbox_tables
from shared.stores.sqlite_connection import connect
from shared.stores.transactions import CommitSignal, OpenTransaction, StoreUnavailable, Transactions, run_again

Result = TypeVar("Result")

INBOX_AGE = timedelta(days=30)
# MySQL: lock wait time-out, deadlock.
_CONFLICTS = {1205, 1213}
# MySQL: cannot connect, server gone, connection lost, shutdown in progress, read error.
_OUTAGES = {1053, 2002, 2003, 2006, 2013, 2055}
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


def _code(error: DBAPIError) -> object:
    return error.orig.args[0] if error.orig is not None and error.orig.args else None


def _is_transient(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and (_code(error) in _CONFLICTS or "database is locked" in str(error.orig))


def _is_outage(error: DBAPIError) -> bool:
    return error.connection_invalidated or _code(error) in _OUTAGES


class SqlStore:
    """One SQL database. Make it with `open`, which opens nothing that `close` does not close."""

    def __init__(self, writing: AsyncEngine, reading: AsyncEngine, *, clock: Clock) -> None:
        self.engine = writing
        self._reading = reading
        self._clock = clock
        self._signal = CommitSignal()
        self._tables = outbox_tables(MetaData())
        # Built once: building a statement costs more than running it.
        self._add_events = insert(self._tables.outbox)
        self._mark = (
            insert(self._tables.inbox)
            .prefix_with("OR IGNORE", dialect="sqlite")
            .prefix_with("IGNORE", dialect="mysql")
            .prefix_with("IGNORE", dialect="mariadb")
        )
        self._transactions: Transactions[AsyncSession] = Transactions(str(writing.url.database))
        self._one_writer = asyncio.Lock() if writing.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None) -> Self:
        """Open `sqlite+aiosqlite:///path` or `mysql+aiomysql://…`; the tables come from migrations."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in {None, "", ":memory:"}:
                raise ValueError("the SQLite store needs a file: a database in memory has one connection")
            writing = _sqlite(parsed, connections=1, begin="BEGIN IMMEDIATE")
            reading = _sqlite(parsed, connections=8, begin="BEGIN")
        else:
            writing = reading = create_async_engine(
                url, isolation_level="READ COMMITTED", pool_pre_ping=True, pool_size=20, max_overflow=10
            )
        return cls(writing, reading, clock=clock or SystemClock())

    @property
    def session(self) -> AsyncSession:
        """The session of this task's transaction; raises OutsideTransaction."""
        return self._transactions.required().session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session for reads: the open transaction's, so that it sees its own writes, else one of its own."""
        transaction = self._transactions.current()
        if transaction is not None:
            yield transaction.session
            return
        async with AsyncSession(self._reading, expire_on_commit=False) as session:
            yield session

    async def transaction(self, work: Callable[[], Awaitable[Result]]) -> Result:
        transaction = self._transactions.current()
        if transaction is not None:
            return await transaction.join(work)
        try:
            return await run_again(lambda: self._attempt(work), _is_transient)
        except DBAPIError as error:
            if _is_outage(error):
                raise StoreUnavailable from error
            raise

    async def _attempt(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async with AsyncExitStack() as stack:
            if self._one_writer is not None:
                await stack.enter_async_context(self._one_writer)
            session = await stack.enter_async_context(AsyncSession(self.engine, expire_on_commit=False))
            await stack.enter_async_context(session.begin())
            transaction = stack.enter_context(self._transactions.opened(session))
            result = await work()
            transaction.check()
            await self._write_events(transaction)
        if transaction.events:
            self._signal.poke()
        return result

    async def _write_events(self, transaction: OpenTransaction[AsyncSession]) -> None:
        await transaction.session.flush()
        if transaction.events:
            rows = [{"event_id": event.id, "body": to_json(event).decode()} for event in transaction.events]
            await transaction.session.execute(self._add_events, rows)

    def publish(self, *events: Event) -> None:
        self._transactions.required().events.extend(events)

    async def first_time(self, consumer: str, event_id: str) -> bool:
        mark = {"consumer": consumer, "event_id": event_id, "at": self._clock.now()}
        marked = await self.session.execute(self._mark, mark)
        return _count(marked) == 1

    async def unpublished(self, limit: int) -> list[Event]:
        outbox = self._tables.outbox
        async with self.reading() as session:
            bodies = await session.scalars(select(outbox.c.body).order_by(outbox.c.number).limit(limit))
            return [from_json(body) for body in bodies]

    async def forget(self, event_ids: Sequence[str]) -> None:
        outbox = self._tables.outbox

        async def work() -> None:
            await self.session.execute(delete(outbox).where(outbox.c.event_id.in_(event_ids)))

        await self.transaction(work)

    async def wait(self, seconds: float) -> None:
        await self._signal.wait(seconds)

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease; False while another holds it. Holders' clocks must agree within its length."""
        leases = self._tables.leases
        now = self._clock.now()

        async def work() -> bool:
            taken = await self.session.execute(
                update(leases)
                .where(leases.c.name == name, (leases.c.holder == holder) | (leases.c.until < now))
                .values(holder=holder, until=now + timedelta(seconds=seconds))
            )
            if _count(taken):
                return True
            held = await self.session.scalar(select(leases.c.holder).where(leases.c.name == name))
            if held is None:
                values = {"name": name, "holder": holder, "until": now + timedelta(seconds=seconds)}
                await self.session.execute(insert(leases).values(values))
            return held is None

        try:
            return await self.transaction(work)
        except IntegrityError:
            # Another made the row between our look and our insert.
            return False

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back early, so that the next holder need not wait for its end."""
        leases = self._tables.leases

        async def work() -> None:
            await self.session.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

        await self.transaction(work)

    async def tidy(self) -> None:
        """Forget inbox marks older than any redelivery."""
        inbox = self._tables.inbox

        async def work() -> None:
            await self.session.execute(delete(inbox).where(inbox.c.at < self._clock.now() - INBOX_AGE))

        await self.transaction(work)

    async def close(self) -> None:
        await self.engine.dispose()
        await self._reading.dispose()


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult), "a statement that writes answers a cursor"
    return result.rowcount


def _sqlite(url: URL, *, connections: int, begin: str) -> AsyncEngine:
    """Set each connection up, and begin transactions ourselves: the driver would begin at the first write only."""
    path = url.database
    assert path is not None, "the store keeps a file"
    engine = create_async_engine(url, pool_size=connections, max_overflow=0, async_creator=partial(connect, path))

    def set_up(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", set_up)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine
