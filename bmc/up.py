"""`bmc up`: the whole platform in one process, mongod its one child; SIGTERM and SIGINT stop it cleanly."""

import logging
import time
from collections.abc import Callable

from bmc.home import Home
from bmc.platform import Platform, open_platform
from bmc.serving import listening, serve
from bmc.web import front_door
from shared.logging import JsonLines, LogFile
from shared.settings import Settings
from shared.telemetry import start_telemetry

LOG_BYTES = 20 * 1024 * 1024
LOGS_KEPT = 3


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Run until a signal; raises WrongSetting or HomeInUse with one line."""
    began = time.monotonic()
    home = Home(settings.home)
    home.lock()
    try:
        with start_telemetry("bmc"), listening(settings) as listener:
            _log_to(home)
            platform = await open_platform(settings, home)
            try:
                platform.start_loops()
                app = front_door(platform)
                await serve(app, listener, settings, lambda: _announce(platform, say, time.monotonic() - began))
            finally:
                say("stopping …")
                await platform.close()
    finally:
        home.release()
    say("stopped")


def _log_to(home: Home) -> None:
    handler = LogFile(home.place("log.jsonl"), maxBytes=LOG_BYTES, backupCount=LOGS_KEPT, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _announce(platform: Platform, say: Callable[[str], None], seconds: float) -> None:
    base = platform.settings.base_url
    say(f"BookMyConsultation runs at {base}/graphql (open it in a browser), started in {seconds:.1f} s")
    for what, where in platform.opened.places.items():
        say(f"  {what:<10} {where}")
    say(f"  {'log':<10} {platform.settings.home.absolute() / 'log.jsonl'}")
    if not platform.settings.admin_email:
        say("  no admin?   bmc create-admin, or set BMC_ADMIN_EMAIL and BMC_ADMIN_PASSWORD")
    say("Ctrl-C stops it; everything is kept.")
