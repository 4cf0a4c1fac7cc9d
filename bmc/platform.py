"""The whole platform in one process: every port opened, every subgraph mounted, every loop known.

Production and tests are wired by this same function. Embedded is a mount: subgraphs are reached by the router and by
one another under the hosts of the supergraph's routing URLs, only that the transport finds those hosts in process.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from bmc.adapters import Adapter, open_blobs, open_bus, open_mailer, open_mongo, secret_of, sql_url
from bmc.catalogue import NAMES, ROOT, opener
from bmc.home import Home, derive
from bmc.http_client import TransportHttp
from bmc.running import Loops
from router.config import AuthConfig, RouterConfig
from router.server import RouterApp, create_app, network_transport
from router.supergraph import load_supergraph
from router.transport.in_process import InProcessTransport
from shared.auth import ALGORITHM, AUDIENCE, ISSUER, TokenVerifier
from shared.clients.entities import EntityClient
from shared.clients.service_token import ServiceTokens
from shared.clock import Clock, SystemClock
from shared.errors import SubgraphUnavailable
from shared.events.bus import Bus
from shared.events.outbox import Relay
from shared.settings import Settings
from shared.subgraph import Ports, Subgraph

KEYS = "/.well-known/jwks.json"
ENTITY_TOPICS = {"account": "Account", "user": "User", "doctor": "Doctor", "appointment": "Appointment"}
"""Whose events say that which cached entity has changed; their subject is its id."""


@dataclass(slots=True)
class Platform:
    """The running platform; `places` says where things are kept, for people."""

    settings: Settings
    ports: Ports
    subgraphs: Mapping[str, Subgraph]
    router: RouterApp
    mounts: Mapping[str, ASGIApp]
    places: Mapping[str, str]
    closing: AsyncExitStack
    clients: list[EntityClient] = field(default_factory=list)
    loops: Loops = field(default_factory=Loops)

    def start_loops(self) -> None:
        """Start relays, consumers, clock jobs and what else runs beside requests."""
        self.loops.start("entity-caches", partial(_forget_changed, self.ports.bus, self.clients))
        for subgraph in self.subgraphs.values():
            for number, store in enumerate(subgraph.stores):
                self.loops.start(f"{subgraph.name}.relay-{number}", Relay(store, self.ports.bus, poll_seconds=1.0).run)
            for consumer in subgraph.consumers:
                self.loops.start(f"{subgraph.name}.{consumer.name}", consumer.run)
            for job in subgraph.jobs:
                self.loops.start_job(subgraph.name, job)
            for number, loop in enumerate(subgraph.loops):
                self.loops.start(f"{subgraph.name}.loop-{number}", loop)

    async def close(self) -> None:
        """Finish requests, stop the loops, close the stores and what lies under them, in that order."""
        await self.router.close()
        await self.loops.stop()
        await self.closing.aclose()


async def open_platform(settings: Settings, home: Home, clock: Clock | None = None) -> Platform:
    """Open everything; what was opened is closed again if a later part fails."""
    async with AsyncExitStack() as opened:
        platform = await _open(settings, home, clock or SystemClock(), opened)
        platform.closing = opened.pop_all()
        return platform


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """How the parts reach one another: routing URLs, the transport that finds them, who they are to each other."""

    urls: Mapping[str, str]
    http: TransportHttp
    secret: Callable[[str], bytes]
    clock: Clock
    clients: list[EntityClient] = field(default_factory=list)

    async def fetch_keys(self) -> bytes:
        """Fetch the public keys."""
        return (
            await self.http.request("GET", f"{_security(self.urls)}{KEYS}", headers={}, body=None, timeout=5.0)
        ).body

    def entities(self, name: str) -> EntityClient:
        """Make the client with which a subgraph asks others, as itself."""
        secret = self.secret(f"client:{name}").hex()
        tokens = ServiceTokens(self.http, f"{_security(self.urls)}/token", name, secret, self.clock)
        self.clients.append(EntityClient(self.http, self.urls, tokens.token, self.clock))
        return self.clients[-1]


async def _open(settings: Settings, home: Home, clock: Clock, opened: AsyncExitStack) -> Platform:
    sdl = (ROOT / "supergraph.graphql").read_text()
    urls = {name: subgraph.url for name, subgraph in load_supergraph(sdl).subgraphs.items()}
    apps: dict[str, ASGIApp] = {}
    config = _router_config(settings, urls)
    transport = InProcessTransport(apps, network_transport(config))
    secret = partial(derive, secret_of(settings, home))
    near = Neighbourhood(urls, TransportHttp(transport), secret, clock)
    mongo = await _open_mongo_meanwhile(settings, home, opened)
    bus = await open_bus(settings, home, clock, opened)
    blobs = open_blobs(settings, home, clock)
    mailer = open_mailer(settings, home, clock)
    ports = Ports(
        settings=settings,
        clock=clock,
        bus=bus.port,
        mongo_url=mongo.port,
        sql_url=partial(sql_url, settings, home),
        blobs=blobs.port,
        mailer=mailer.port,
        http=near.http,
        verifier=TokenVerifier(near.fetch_keys, clock),
        entities=near.entities,
        secret=secret,
    )
    subgraphs = await _open_subgraphs(ports, opened)
    apps.update({urlsplit(urls[name]).netloc: subgraph.app for name, subgraph in subgraphs.items()})
    mounts = {"/files": blobs.app, "/mailbox": mailer.app}
    return Platform(
        settings=settings,
        ports=ports,
        subgraphs=subgraphs,
        router=create_app(sdl, config, transport),
        mounts={path: app for path, app in mounts.items() if app is not None},
        places={"documents": mongo.place, "events": bus.place, "files": blobs.place, "mail": mailer.place},
        closing=opened,
        clients=near.clients,
    )


async def _open_mongo_meanwhile(settings: Settings, home: Home, opened: AsyncExitStack) -> Adapter[str]:
    """Import the subgraphs while mongod starts: it is another process, and both take about as long."""
    opening = asyncio.create_task(open_mongo(settings, home, opened))
    # It runs until it has launched mongod and waits; the imports hold up the loop from then on.
    await asyncio.sleep(0)
    for name in NAMES:
        opener(name)
    return await opening


async def _open_subgraphs(ports: Ports, opened: AsyncExitStack) -> dict[str, Subgraph]:
    subgraphs: dict[str, Subgraph] = {}
    for name in NAMES:
        subgraphs[name] = await opener(name)(ports)
        opened.push_async_callback(subgraphs[name].close)
    return subgraphs


def _router_config(settings: Settings, urls: Mapping[str, str]) -> RouterConfig:
    keys = f"{_security(urls)}{KEYS}"
    auth = AuthConfig(jwks_url=keys, issuer=ISSUER, audience=AUDIENCE, algorithms=(ALGORITHM,))
    return RouterConfig(environment=settings.env, auth=auth)


def _security(urls: Mapping[str, str]) -> str:
    """Answer the security subgraph's address, without a path."""
    return f"http://{urlsplit(urls['security']).netloc}"


async def _forget_changed(bus: Bus, clients: list[EntityClient]) -> None:
    async with bus.follow(list(ENTITY_TOPICS)) as events:
        async for event in events:
            for client in clients:
                client.invalidate(ENTITY_TOPICS[event.topic], event.subject)
    # The follower fell behind and was ended: what was cached may be stale, and the loop begins again.
    await asyncio.sleep(0)
    raise SubgraphUnavailable("the follower of changes fell behind")
