"""The ports that every process of the platform opens: stores' addresses, bus, files, mail, neighbours.

The embedded platform and a part of the distributed one are wired by these same functions; they differ in the transport
that they bring, and in whether an address that is not set means an embedded engine or a refusal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from bmc.adapters import open_blobs, open_bus, open_mailer, open_mongo, secret_of, sql_url
from bmc.catalogue import ROOT
from bmc.home import Home, derive
from bmc.http_client import TransportHttp
from router.config import AuthConfig, RouterConfig, SubgraphConfig
from router.supergraph import load_supergraph
from router.transport import Transport
from shared.auth import ALGORITHM, AUDIENCE, ISSUER, TokenVerifier
from shared.clients.entities import EntityClient
from shared.clients.graphql_calls import CallRules
from shared.clients.service_token import ServiceTokens
from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.events.bus import Bus
from shared.settings import Settings, WrongSetting
from shared.subgraph import Ports

KEYS = "/.well-known/jwks.json"
ENTITY_TOPICS = {"account": "Account", "user": "User", "doctor": "Doctor", "appointment": "Appointment"}
"""Whose events say that which cached entity has changed; their subject is its id."""


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """How the parts reach one another: routing URLs, the transport that finds them, who they are to each other."""

    urls: Mapping[str, str]
    http: TransportHttp
    secret: Callable[[str], bytes]
    clock: Clock
    call_seconds: float
    clients: list[EntityClient] = field(default_factory=list)

    async def fetch_keys(self) -> bytes:
        """Fetch the public keys."""
        return (
            await self.http.request("GET", f"{base_of(self.urls, 'security')}{KEYS}", headers={}, body=None, timeout=5)
        ).body

    def entities(self, name: str) -> EntityClient:
        """Make the client with which a subgraph asks others, as itself."""
        secret = self.secret(f"client:{name}").hex()
        url = f"{base_of(self.urls, 'security')}/token"
        tokens = ServiceTokens(self.http, url, name, secret, self.clock, timeout=self.call_seconds)
        rules = CallRules(timeout=self.call_seconds)
        self.clients.append(EntityClient(self.http, self.urls, tokens.token, self.clock, rules=rules))
        return self.clients[-1]

    def entities_by(self, token: Callable[[], Awaitable[str]]) -> EntityClient:
        """Make a client that asks with a token of somebody else's; it is told of no changes, so it must ask anew."""
        return EntityClient(self.http, self.urls, token, self.clock, rules=CallRules(timeout=self.call_seconds))

    async def forget_changed(self, bus: Bus) -> None:
        """Forget cached entities as the bus tells of their changes, in whichever process they happened."""
        async with bus.follow(list(ENTITY_TOPICS)) as events:
            async for event in events:
                for client in self.clients:
                    client.invalidate(ENTITY_TOPICS[event.topic], event.subject)
        # The follower fell behind and was ended: what was cached may be stale, and the loop begins again.
        await asyncio.sleep(0)
        raise SubgraphUnavailable("the follower of changes fell behind")


@dataclass(frozen=True, slots=True)
class OpenedPorts:
    """The ports, the neighbours, apps that embedded adapters want served, and where things are kept, for people."""

    ports: Ports
    near: Neighbourhood
    mounts: Mapping[str, ASGIApp]
    places: Mapping[str, str]


async def open_ports(
    settings: Settings, home: Home, clock: Clock, *, transport: Transport, opened: AsyncExitStack
) -> OpenedPorts:
    """Open every port; `opened` closes them."""
    secret = partial(derive, secret_of(settings, home))
    near = Neighbourhood(routing_urls(settings), TransportHttp(transport), secret, clock, settings.call_seconds)
    mongo = await open_mongo(settings, home, opened)
    bus = await open_bus(settings, home, clock, opened)
    blobs = open_blobs(settings, home, clock, opened)
    mailer = open_mailer(settings, home, clock, opened)
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
        entities_by=near.entities_by,
        secret=secret,
    )
    mounts = {"/files": blobs.app, "/mailbox": mailer.app}
    return OpenedPorts(
        ports=ports,
        near=near,
        mounts={path: app for path, app in mounts.items() if app is not None},
        places={"documents": mongo.place, "events": bus.place, "files": blobs.place, "mail": mailer.place},
    )


def supergraph_sdl() -> str:
    """Read the composed supergraph."""
    return (ROOT / "supergraph.graphql").read_text()


def routing_urls(settings: Settings) -> Mapping[str, str]:
    """Answer each subgraph's address: the setting's, else the supergraph's. Raises WrongSetting."""
    urls = _declared_urls()
    unknown = sorted(set(settings.subgraph_urls) - set(urls))
    if unknown:
        raise WrongSetting(f"BMC_SUBGRAPH_URLS: there is no subgraph {', '.join(unknown)}")
    return urls | settings.subgraph_urls


@cache
def _declared_urls() -> dict[str, str]:
    return {name: subgraph.url for name, subgraph in load_supergraph(supergraph_sdl()).subgraphs.items()}


def router_config(settings: Settings) -> RouterConfig:
    """Answer the router's settings, from the platform's."""
    keys = f"{base_of(routing_urls(settings), 'security')}{KEYS}"
    return RouterConfig(
        environment=settings.env,
        auth=AuthConfig(jwks_url=keys, issuer=ISSUER, audience=AUDIENCE, algorithms=(ALGORITHM,)),
        subgraphs={name: SubgraphConfig(url=url) for name, url in settings.subgraph_urls.items()},
    )


def base_of(urls: Mapping[str, str], name: str) -> str:
    """Answer a subgraph's address, without a path."""
    parts = urlsplit(urls[name])
    return f"{parts.scheme}://{parts.netloc}"
