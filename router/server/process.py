"""The router as a process, or as several: settings read, log set up, application made, server run."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from router.config import RouterConfig, load_config
from router.errors import ConfigError, RouterError
from router.server.access_log import share_counters
from router.server.app import RouterApp, create_app, network_transport
from router.server.log_format import JsonFormatter
from router.server.otel_export import exported
from router.server.reloading import ReloadingApp
from router.server.serving import GracefulServer, listen, uvicorn_config
from router.server.worker_process import Lifeline
from router.server.workers import Supervisor

_FORCED_AFTER = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """What is served, and where."""

    supergraph: Path
    settings: Path | None
    host: str
    port: int


def serve(service: Service, workers: int = 1) -> int:
    """Serve until told to end; raises `RouterError` or `OSError` where it cannot even start."""
    config = load_config(service.settings, os.environ)
    return _serve_alone(service, config) if workers == 1 else _serve_together(service, config, workers)


def _log_to_standard_output() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # What it says of its start and end we say ourselves.


def _serve_alone(service: Service, config: RouterConfig) -> int:
    transport = network_transport(config)

    def make(supergraph: str, before: RouterApp | None) -> RouterApp:
        return create_app(supergraph, config, transport, log=before.log if before else None)

    with exported():
        app = ReloadingApp(service.supergraph, make)
        listener = listen(service.host, service.port)
        _log_to_standard_output()
        _settle_garbage_collector()
        GracefulServer(uvicorn_config(app, config), app, config, _announce(listener)).run([listener])
    return 0


def _serve_together(service: Service, config: RouterConfig, count: int) -> int:
    if not hasattr(os, "fork") or not hasattr(socket, "SO_REUSEPORT"):
        raise ConfigError("--workers: this system cannot share a port between processes")
    listeners = [listen(service.host, service.port, shared=True)]
    _log_to_standard_output()
    port = listeners[0].getsockname()[1]
    listeners += [listen(service.host, port, shared=True) for _ in range(count - 1)]
    _announce(listeners[0])()
    _settle_garbage_collector()
    patience = config.drain_notice_seconds + config.drain_seconds + _FORCED_AFTER
    with tempfile.TemporaryDirectory(prefix="router-counters-", ignore_cleanup_errors=True) as folder:
        share_counters(folder)
        changed = _watch(service.supergraph)
        return Supervisor(listeners, partial(_work, service), changed, mark_process_dead, patience).run()


def _work(service: Service, listener: socket.socket, lifeline: Lifeline) -> int:
    """Serve as one of several, with settings and supergraph as they are now."""
    try:
        with exported():
            _serve_as_worker(service, listener, lifeline)
    except (RouterError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve_as_worker(service: Service, listener: socket.socket, lifeline: Lifeline) -> None:
    config = load_config(service.settings, os.environ)
    app = create_app(service.supergraph.read_text(encoding="utf-8"), config, network_transport(config))

    def started() -> None:
        asyncio.get_running_loop().add_reader(lifeline.gone, end)
        lifeline.tell_ready()

    def end() -> None:
        asyncio.get_running_loop().remove_reader(lifeline.gone)
        server.should_exit = True

    server = GracefulServer(uvicorn_config(app, config), app, config, started)
    _settle_garbage_collector()
    server.run([listener])


def _announce(listener: socket.socket) -> Callable[[], None]:
    host, port = listener.getsockname()[:2]
    return partial(logging.getLogger("router.server").info, "listening", extra={"host": host, "port": port})


def _watch(path: Path) -> Callable[[], bool]:
    """Make a function that tells whether the file has another text than when it was last asked."""
    known = path.read_bytes()

    def changed() -> bool:
        nonlocal known
        try:
            text = path.read_bytes()
        except OSError:
            return False  # Whoever replaces the file may take it away for a moment.
        before, known = known, text
        return text != before

    return changed


def _settle_garbage_collector() -> None:
    """Have everybody wait as shortly as can be for the garbage collector.

    What start-up made (schemas, above all) is taken out of every later collection. Of a request nothing is left for the
    collector; what is kept of a new operation is looked through by who keeps it. All is looked through often enough for
    what connections that have ended leave behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1000, 10, 50)
