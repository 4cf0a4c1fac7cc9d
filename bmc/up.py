"""`bmc up`: the whole platform in one process, mongod its one child; SIGTERM and SIGINT stop it cleanly."""

import asyncio
import contextlib
import gc
import logging
import logging.handlers
import signal
import socket
import time
from collections.abc import Callable, Iterator

import uvicorn

from bmc.home import Home
from bmc.platform import Platform, open_platform
from bmc.web import front_door
from shared.logging import JsonLines
from shared.settings import Settings, WrongSetting

LOG_BYTES = 20 * 1024 * 1024
LOGS_KEPT = 3
BACKLOG = 2048
COLLECTED_AFTER = (50_000, 20, 50)
"""The collector's thresholds: a request makes thousands of objects that end with it, so looking often finds nothing."""


class Server(uvicorn.Server):
    """Uvicorn, but the signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Run until a signal; raises WrongSetting or HomeInUse with one line."""
    began = time.monotonic()
    home = Home(settings.home)
    home.lock()
    try:
        with _listening(settings) as listener:
            _log_to(home)
            platform = await open_platform(settings, home)
            try:
                platform.start_loops()
                await _serve(platform, listener, lambda: _announce(platform, say, time.monotonic() - began))
            finally:
                say("stopping …")
                await platform.close()
    finally:
        home.release()
    say("stopped")


async def _serve(platform: Platform, listener: socket.socket, announce: Callable[[], None]) -> None:
    config = uvicorn.Config(
        front_door(platform),
        lifespan="off",
        loop="none",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Anyone can write X-Forwarded-For; it is read only where a proxy of ours wrote it.
        proxy_headers=bool(platform.settings.trusted_proxies),
        forwarded_allow_ips=platform.settings.trusted_proxies,
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


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise WrongSetting(
                f"BMC_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror})"
            ) from None
        listener.listen(BACKLOG)
        yield listener


def _log_to(home: Home) -> None:
    handler = logging.handlers.RotatingFileHandler(
        home.place("log.jsonl"), maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8"
    )
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _announce(platform: Platform, say: Callable[[str], None], seconds: float) -> None:
    base = platform.settings.base_url
    say(f"BookMyConsultation runs at {base}/graphql (open it in a browser), started in {seconds:.1f} s")
    for what, where in platform.places.items():
        say(f"  {what:<10} {where}")
    say(f"  {'log':<10} {platform.settings.home.absolute() / 'log.jsonl'}")
    if not platform.settings.admin_email:
        say("  no admin?   bmc create-admin, or set BMC_ADMIN_EMAIL and BMC_ADMIN_PASSWORD")
    say("Ctrl-C stops it; everything is kept.")
