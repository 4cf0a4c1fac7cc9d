"""What every store's transactions share: who is inside one, what it publishes, and running it again.

An open transaction belongs to the task that opened it. A task started inside would use the same session at the same
time, which no driver allows, so it is refused loudly instead of being silently outside of the transaction (beware:
`asyncio.wait_for` starts a task; `asyncio.timeout` does not).

Joined work that raises leaves what it wrote to the outer work, which may catch the error and go on: check first, write
after. If it has published as well, it has surely written, and the whole transaction is doomed: it will not commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Generic, TypeVar

from shared.errors import SubgraphUnavailable
from shared.events.backoff import Backoff
from shared.events.envelope import Event
from shared.metrics import TRANSACTION_RETRIES
from shared.telemetry import note, span

Session = TypeVar("Session")
Result = TypeVar("Result")

CONFLICT_PATIENCE = 15.0
_CONFLICT_BACKOFF = Backoff(first=0.004, longest=0.25)


class StoreUnavailable(SubgraphUnavailable):
    """The database does not answer. Whether a commit under way was kept is unknown to the caller."""

    message = "The data store does not answer; try again."


class OutsideTransaction(RuntimeError):
    """Something that only makes sense inside a transaction was done outside of one."""


@dataclass(slots=True)
class OpenTransaction(Generic[Session]):
    """One attempt at a transaction: its driver session and the events to write with it."""

    session: Session
    owner: "asyncio.Task[object] | None"
    events: list[Event] = field(default_factory=list)
    closed: bool = False
    doomed_by: BaseException | None = None

    async def join(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Run inner work in this transaction."""
        published = len(self.events)
        try:
            return await work()
        except BaseException as error:
            if len(self.events) > published:
                self.doomed_by = error
            raise

    def check(self) -> None:
        """Refuse to commit what joined work left half done."""
        if self.doomed_by is not None:
            raise RuntimeError("joined work failed after it had written; nothing is kept") from self.doomed_by


class Transactions(Generic[Session]):
    """The open transactions of one store, one a task."""

    def __init__(self, store: str) -> None:
        self._store = store
        # SQLite's is the path of a file.
        self._named = PurePath(store).stem
        self._open: ContextVar[OpenTransaction[Session] | None] = ContextVar(f"transaction of {store}", default=None)

    def current(self) -> OpenTransaction[Session] | None:
        """Answer this task's open transaction."""
        transaction = self._open.get()
        if transaction is None or transaction.closed:
            return None
        if transaction.owner is not asyncio.current_task():
            raise RuntimeError(f"a task started inside a transaction of {self._store} may not use it")
        return transaction

    def required(self) -> OpenTransaction[Session]:
        """Answer this task's open transaction; raises OutsideTransaction."""
        transaction = self.current()
        if transaction is None:
            raise OutsideTransaction(f"no transaction of {self._store} is open")
        return transaction

    @contextmanager
    def opened(self, session: Session) -> Iterator[OpenTransaction[Session]]:
        """Make `session` this task's transaction until the end of the block."""
        note("db.namespace", self._named)
        transaction = OpenTransaction(session, asyncio.current_task())
        token = self._open.set(transaction)
        try:
            yield transaction
        finally:
            transaction.closed = True
            self._open.reset(token)


async def run_again(
    attempt: Callable[[], Awaitable[Result]],
    is_transient: Callable[[Exception], bool],
    patience: float = CONFLICT_PATIENCE,
) -> Result:
    """Run `attempt` until it does not fail transiently; after `patience` seconds the last failure is raised."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    failures = 0
    with span("transaction"):
        while True:
            try:
                return await attempt()
            except Exception as error:
                failures += 1
                delay = _CONFLICT_BACKOFF.delay(failures)
                if not is_transient(error) or clock() + delay > deadline:
                    raise
            TRANSACTION_RETRIES.inc()
            note("bmc.attempt", failures + 1)
            await asyncio.sleep(delay)


class CommitSignal:
    """Wakes the relay when a transaction with events was committed in this process."""

    def __init__(self) -> None:
        self._committed = asyncio.Event()

    def poke(self) -> None:
        """Say that there is something to publish."""
        self._committed.set()

    async def wait(self, seconds: float) -> None:
        """Return when poked since the last wait, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._committed.wait()
        except TimeoutError:
            return
        self._committed.clear()
