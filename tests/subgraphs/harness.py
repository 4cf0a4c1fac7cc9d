"""One subgraph with its real store, an embedded bus, folder and mailbox; the other subgraphs stood in for by Peers.

world = await World.open("ratings", mongo_url=…, folder=tmp_path)
answer = await world.ask("mutation …", {…}, as_=PATIENT)
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import httpx

from shared.auth import ANONYMOUS, Caller, TokenVerifier
from shared.blobs.local import LocalBlobStore
from shared.clients.entities import EntityClient
from shared.clock import ManualClock
from shared.events.declared import EventData, event
from shared.events.envelope import Event
from shared.events.log import LogBus
from shared.ids import new_id
from shared.mail.mailbox import Mailbox
from shared.mail.mailer import Mailer
from shared.settings import Settings
from shared.stores.mongo import MongoStore
from shared.subgraph import Ports, Subgraph
from tests.subgraphs.peers import Peers
from tests.subgraphs.tokens import public_keys, token_of

MONDAY = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""When every test's clock starts: Monday, 09:30 in Kolkata."""
URLS = {
    name: f"http://{name}:4000/graphql"
    for name in ("security", "users", "doctors", "appointments", "payments", "ratings", "notifications")
}


@dataclass(slots=True)
class World:
    """Everything around the one subgraph under test."""

    clock: ManualClock
    bus: LogBus
    peers: Peers
    mailbox: Mailbox
    blobs: LocalBlobStore
    ports: Ports
    subgraph: Subgraph

    @classmethod
    async def open(
        cls,
        name: str,
        *,
        mongo_url: str,
        folder: Path,
        mailer: Mailer | None = None,
        sql_url: str = "",
        **settings: Any,
    ) -> Self:
        """Open a subgraph on an empty store of its own; `settings` are those of shared.settings."""
        clock, peers = ManualClock(MONDAY), Peers()
        bus = await LogBus.open(folder / "events.db")
        mailbox = Mailbox(folder / "mail.db", clock)
        blobs = LocalBlobStore(folder / "blobs", "http://127.0.0.1:4000", sha256(b"blobs").digest(), clock)

        async def token() -> str:
            return "peers do not look"

        ports = Ports(
            settings=Settings(home=folder, **settings),
            clock=clock,
            bus=bus,
            mongo_url=mongo_url,
            sql_url=lambda store: sql_url or f"sqlite+aiosqlite:///{folder}/{store}.db",
            blobs=blobs,
            mailer=mailer or mailbox,
            http=peers,
            verifier=TokenVerifier(public_keys, clock),
            entities=lambda _: EntityClient(peers, URLS, token, clock),
            entities_by=lambda of_somebody: EntityClient(peers, URLS, of_somebody, clock),
            secret=lambda purpose: sha256(purpose.encode()).digest(),
            database_prefix=f"{new_id('t')}_",
        )
        subgraph = await import_module(f"subgraphs.{name}.app").open_subgraph(ports)
        return cls(clock, bus, peers, mailbox, blobs, ports, subgraph)

    async def close(self) -> None:
        """Close everything, in order, and drop the databases: a server that keeps thousands runs out of files."""
        for store in self.subgraph.stores:
            if isinstance(store, MongoStore):
                await store.database.client.drop_database(store.database.name)
        await self.subgraph.close()
        await self.bus.close()

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, *, as_: Caller = ANONYMOUS
    ) -> dict[str, Any]:
        """Post a GraphQL request as a caller; answers the JSON body."""
        headers = {"authorization": f"Bearer {token_of(as_, self.clock)}"} if as_.signed_in else {}
        transport = httpx.ASGITransport(app=self.subgraph.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as client:
            answer = await client.post("/graphql", json={"query": query, "variables": variables or {}}, headers=headers)
        body: dict[str, Any] = answer.json()
        return body

    async def published(self) -> list[Event]:
        """Answer the events in the outboxes: what the subgraph has announced and nobody has relayed."""
        return [one for store in self.subgraph.stores for one in await store.unpublished(10_000)]

    async def deliver(self, source: str, subject: str, data: EventData) -> Event:
        """Hand an event to every consumer that subscribes to its type, once."""
        delivered = event(source, subject, data, self.clock)
        await self.redeliver(delivered)
        return delivered

    async def redeliver(self, delivered: Event) -> None:
        """Hand an event, perhaps for the second time, to every consumer that subscribes to its type."""
        for consumer in self.subgraph.consumers:
            if delivered.type in consumer.subscriptions:
                await consumer.handle(delivered)

    async def run_job(self, name: str) -> None:
        """Run a clock job once."""
        (job,) = [job for job in self.subgraph.jobs if job.name == name]
        await job.run()


def code_of(answer: dict[str, Any]) -> str | None:
    """Answer the code of the first top-level error, None where there is none."""
    errors = answer.get("errors") or []
    code: str | None = errors[0]["extensions"]["code"] if errors else None
    return code
