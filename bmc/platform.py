"""The whole platform in one process: every port opened, every subgraph mounted, every loop known.

Production and tests are wired by this same function. Embedded is a mount: subgraphs are reached by the router and by
one another under the hosts of the supergraph's routing URLs, only that the transport finds those hosts in process.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from bmc.catalogue import NAMES, opener
from bmc.home import Home
from bmc.ports import OpenedPorts, open_ports, router_config, supergraph_sdl
from bmc.running import Looks, Loops
from router.server import RouterApp, create_app, network_transport
from router.transport.in_process import InProcessTransport
from shared.clock import Clock, SystemClock
from shared.metrics import REGISTRY
from shared.settings import Settings
from shared.subgraph import Ports, Subgraph

WOKEN = Looks(busy_seconds=1.0, idle_seconds=1.0)
"""A relay need hardly look by itself: commits in this process wake it, and here all are."""


@dataclass(slots=True)
class Platform:
    """The running platform."""

    settings: Settings
    opened: OpenedPorts
    subgraphs: Mapping[str, Subgraph]
    router: RouterApp
    closing: AsyncExitStack
    loops: Loops = field(default_factory=Loops)

    @property
    def ports(self) -> Ports:
        """The ports that its subgraphs use."""
        return self.opened.ports

    def start_loops(self) -> None:
        """Start relays, consumers, clock jobs and what else runs beside requests."""
        self.loops.start("entity-caches", partial(self.opened.near.forget_changed, self.ports.bus))
        for subgraph in self.subgraphs.values():
            self.loops.start_beside_requests(subgraph)
            self.loops.start_worker(subgraph, self.ports, WOKEN)

    async def close(self) -> None:
        """Finish requests, stop the loops, close the stores and what lies under them, in that order."""
        await self.router.close()
        await self.loops.stop()
        await self.closing.aclose()


async def open_platform(settings: Settings, home: Home, clock: Clock | None = None) -> Platform:
    """Open everything; what was opened is closed again if a later part fails."""
    async with AsyncExitStack() as closing:
        platform = await _open(settings, home, clock or SystemClock(), closing)
        platform.closing = closing.pop_all()
        return platform


async def _open(settings: Settings, home: Home, clock: Clock, closing: AsyncExitStack) -> Platform:
    apps: dict[str, ASGIApp] = {}
    config = router_config(settings)
    transport = InProcessTransport(apps, network_transport(config))
    opening = asyncio.create_task(open_ports(settings, home, clock, transport=transport, opened=closing))
    # It runs until it has launched mongod and waits: that is another process, and the imports take about as long.
    await asyncio.sleep(0)
    for name in NAMES:
        opener(name)
    opened = await opening
    subgraphs = await _open_subgraphs(opened.ports, closing)
    apps.update({urlsplit(opened.near.urls[name]).netloc: subgraph.app for name, subgraph in subgraphs.items()})
    router = create_app(supergraph_sdl(), config, transport)
    # One page for both: the subgraphs' counts are this process's too.
    router.log.registry.register(REGISTRY)
    return Platform(
        settings=settings,
        opened=opened,
        subgraphs=subgraphs,
        router=router,
        closing=closing,
    )


async def _open_subgraphs(ports: Ports, closing: AsyncExitStack) -> dict[str, Subgraph]:
    subgraphs: dict[str, Subgraph] = {}
    for name in NAMES:
        subgraphs[name] = await opener(name)(ports)
        closing.push_async_callback(subgraphs[name].close)
    return subgraphs
