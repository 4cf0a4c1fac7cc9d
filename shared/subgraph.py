"""What a subgraph is to whoever runs it: an app, and the loops that belong to it.

Each subgraph's app.py has `async def open_subgraph(ports: Ports) -> Subgraph`, the only place that opens anything.
The composition root gives the ports and decides which process runs which loops.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from beanie import Document
from starlette.types import ASGIApp

from shared.auth import TokenVerifier
from shared.blobs.store import BlobStore
from shared.clients.entities import EntityClient
from shared.clients.transport import Http
from shared.clock import Clock
from shared.events.bus import Bus
from shared.mail.mailer import Mailer
from shared.settings import Settings
from shared.stores.mongo import MongoStore
from shared.stores.store import Store

if TYPE_CHECKING:
    from shared.events.consumer import Consumer


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything from outside that a subgraph may use."""

    settings: Settings
    clock: Clock
    bus: Bus
    mongo_url: str
    sql_url: Callable[[str], str]
    """`sql_url("appointments")` is where that subgraph's tables live."""
    blobs: BlobStore
    mailer: Mailer
    http: Http
    verifier: TokenVerifier
    entities: Callable[[str], EntityClient]
    """`entities("ratings")` is the client with which the ratings subgraph asks others, as itself."""
    entities_by: Callable[[Callable[[], Awaitable[str]]], EntityClient]
    """`entities_by(token)` is a client that asks with any other token, such as a person's own."""
    secret: Callable[[str], bytes]
    """`secret("mail-tokens")` is a stable key of 32 bytes for one purpose."""
    database_prefix: str = "bmc_"

    async def open_mongo(self, name: str, documents: Sequence[type[Document]]) -> MongoStore:
        """Open a subgraph's own database."""
        store = MongoStore.connect(self.mongo_url, f"{self.database_prefix}{name}")
        await store.open(documents)
        return store


@dataclass(frozen=True, slots=True)
class Job:
    """A clock job: `run` is called every `every`; twice or late does no harm."""

    name: str
    every: timedelta
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One running subgraph: its HTTP app, its consumers, the stores whose outboxes want relaying, its clock jobs."""

    name: str
    app: ASGIApp
    consumers: "Sequence[Consumer]" = ()
    stores: Sequence[Store] = ()
    jobs: Sequence[Job] = ()
    service: object = None
    """The business, for commands of the composition root (the first admin, verifying the audit trail)."""
    loops: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """Other loops of every process that opens this subgraph, such as a fan-out to subscribers."""
    worker_loops: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """Other loops of a worker, such as the sending of what is queued."""
    closing: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """What else must be closed, before the stores."""

    async def close(self) -> None:
        """Close everything, the stores last, in the reverse order of opening."""
        for close in self.closing:
            await close()
        for store in reversed(self.stores):
            await store.close()
