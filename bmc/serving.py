"""Serving one ASGI app on one address until a signal, for `bmc up` and for each part of the distributed system."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from shared.settings import Settings, WrongSetting

BACKLOG = 2048
COLLECTED_AFTER = (50_000, 20, 50)
"""The collector's thresholds: a request makes thousands of objects that end with it, so looking often finds nothing."""


class Server(uvicorn.Server):
    """Uvicorn, but the signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Hold the address that the settings name; raises WrongSetting."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except socket.gaierror as error:
            raise WrongSetting(f"BMC_HOST: there is no address {settings.host} ({error.strerror})") from None
        except OSError as error:
            raise WrongSetting(
                f"BMC_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror})"
            ) from None
        listener.listen(BACKLOG)
        yield listener


async def serve(app: ASGIApp, listener: socket.socket, settings: Settings, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; running requests are finished."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Anyone can write X-Forwarded-For; it is read only where a proxy of ours wrote it.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        # Longer than clients keep an idle connection: whoever closes first while the other writes loses a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        backlog=BACKLOG,
    )
    server = Server(config)

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    # What lives from here on is what requests make; the rest need not be looked at by every collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    gc.enable()
    announce()
    await server.serve(sockets=[listener])
