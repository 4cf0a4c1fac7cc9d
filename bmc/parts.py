"""The parts of the distributed system: `bmc serve <part>` answers requests, `bmc worker <part>` does the work behind.

The same subgraphs, wired by the same functions as in `bmc up`, each in a process of its own. A part shares nothing
embedded with the others, so every address must be set; whatever is missing stops its start with a line that names it.
Any number of processes may run a part: races are closed in the stores, relays lead by lease, consumers share a group.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from bmc.catalogue import NAMES, opener
from bmc.home import Home
from bmc.http_client import TransportHttp
from bmc.ports import open_ports, router_config, routing_urls, supergraph_sdl
from bmc.probes import Probes
from bmc.running import Looks, Loops
from bmc.serving import listening, serve
from bmc.web import FrontDoor, distant_front_door
from router.server import create_app, network_transport
from shared.clock import SystemClock
from shared.logging import write_logs
from shared.metrics import REGISTRY
from shared.settings import Settings, WrongSetting
from shared.subgraph import Subgraph
from shared.telemetry import start_telemetry

ROUTER = "router"
ALL = "all"
SEARCHING = Looks(busy_seconds=0.05, idle_seconds=0.2)
"""A worker's relay must search: commits are made by other processes, which cannot wake it."""

Say = Callable[[str], None]

_nothing_else = PlainTextResponse("Not found.", 404)


async def run_served(settings: Settings, part: str, say: Say) -> None:
    """Serve the router or a subgraph until a signal; raises WrongSetting."""
    write_logs()
    if part == ROUTER:
        await _serve_router(settings, say)
        return
    await _run(settings, [_known(part)], say, worker=False)


async def run_worker(settings: Settings, part: str, say: Say) -> None:
    """Relay, consume and do clock jobs for a subgraph, or for all, until a signal; raises WrongSetting."""
    write_logs()
    await _run(settings, list(NAMES) if part == ALL else [_known(part)], say, worker=True)


async def _serve_router(settings: Settings, say: Say) -> None:
    config = router_config(settings)
    transport = network_transport(config)
    with start_telemetry("bmc-router"), listening(settings) as listener:
        router = create_app(supergraph_sdl(), config, transport)
        router.log.registry.register(REGISTRY)
        app = distant_front_door(router, TransportHttp(transport), routing_urls(settings))
        try:
            await serve(app, listener, settings, lambda: say(f"router: listens on {settings.host}:{settings.port}"))
        finally:
            await router.close()
    say("router: stopped")


async def _run(settings: Settings, names: list[str], say: Say, *, worker: bool) -> None:
    settings.refuse_embedded()
    who = f"{'worker' if worker else 'subgraph'} {' '.join(names) if len(names) == 1 else ALL}"
    async with AsyncExitStack() as closing:
        closing.enter_context(
            start_telemetry(f"bmc-{'worker-' if worker else ''}{names[0] if len(names) == 1 else ALL}")
        )
        listener = closing.enter_context(listening(settings))
        transport = network_transport(router_config(settings))
        closing.push_async_callback(transport.close)
        opened = await open_ports(settings, Home(settings.home), SystemClock(), transport=transport, opened=closing)
        subgraphs: dict[str, Subgraph] = {}
        for name in names:
            subgraphs[name] = await opener(name)(opened.ports)
            closing.push_async_callback(subgraphs[name].close)
        loops = Loops()
        closing.push_async_callback(loops.stop)
        loops.start("entity-caches", partial(opened.near.forget_changed, opened.ports.bus))
        for subgraph in subgraphs.values():
            loops.start_beside_requests(subgraph)
            if worker:
                loops.start_worker(subgraph, opened.ports, SEARCHING)
        app = _part_app(subgraphs, worker=worker)
        await serve(app, listener, settings, lambda: say(f"{who}: listens on {settings.host}:{settings.port}"))
    say(f"{who}: stopped")


def _part_app(subgraphs: Mapping[str, Subgraph], *, worker: bool) -> ASGIApp:
    """Answer probes, and, unless it is a worker, requests."""
    probes = Probes([store for subgraph in subgraphs.values() for store in subgraph.stores])
    if worker:
        return FrontDoor(_nothing_else, probes.pages)
    (subgraph,) = subgraphs.values()
    return FrontDoor(subgraph.app, probes.pages)


def _known(part: str) -> str:
    if part not in NAMES:
        raise WrongSetting(f"there is no part {part!r}; the subgraphs are {', '.join(NAMES)}")
    return part
