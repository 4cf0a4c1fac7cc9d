"""What is done beside the platform: open it without serving, do one thing, close it.

An embedded platform holds its home folder while it runs, so these commands and a running one never meet. The parts of
the distributed system hold none: there the commands work beside them, as one process more.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bmc.home import Home
from bmc.platform import Platform, open_platform
from shared.events.bus import DeadLetter
from shared.settings import Settings, WrongSetting
from subgraphs.security.service import Anchor, SecurityService, Verdict


class NoSuchLetter(Exception):
    """There is no such dead letter; the message is one line."""


async def create_admin(settings: Settings, email: str, password: str) -> str:
    """Make an admin; answers the account's id. Raises Refusal."""
    async with _opened(settings) as platform:
        return await _security(platform).ensure_admin(email, password)


async def dead_letters(settings: Settings, group: str | None) -> list[DeadLetter]:
    """List the events that a consumer could not handle, oldest first."""
    async with _opened(settings) as platform:
        return await platform.ports.bus.dead_letters(group)


async def replay(settings: Settings, letter_id: str) -> None:
    """Have a dead letter handled again and forget it; what that causes goes out at the next start.

    Raises NoSuchLetter.
    """
    async with _opened(settings) as platform:
        letters = {letter.id: letter for letter in await platform.ports.bus.dead_letters()}
        if letter_id not in letters:
            raise NoSuchLetter(f"there is no dead letter {letter_id}; `bmc events list` shows them")
        for subgraph in platform.subgraphs.values():
            for consumer in subgraph.consumers:
                if consumer.name == letters[letter_id].group:
                    await consumer.replay(letter_id)
                    return
        raise NoSuchLetter(f"no consumer is called {letters[letter_id].group} any more")


async def verify_audit(settings: Settings, anchor: str | None) -> Verdict:
    """Walk the audit trail; `anchor` is NUMBER:HASH of a link that was written down. Raises WrongSetting."""
    written_down = None
    if anchor is not None:
        number, _, digest = anchor.partition(":")
        if not number.isdigit() or not digest:
            raise WrongSetting(f"--anchor: expected NUMBER:HASH, not {anchor!r}")
        written_down = Anchor(int(number), digest)
    async with _opened(settings) as platform:
        return await _security(platform).verify_chain(written_down)


async def rotate_keys(settings: Settings, *, compromised: bool) -> str:
    """Make a new signing key for access tokens; answers its id."""
    async with _opened(settings) as platform:
        return await _security(platform).rotate_keys(compromised=compromised)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Platform]:
    home = Home(settings.home)
    if settings.embedded:
        home.lock()
    try:
        platform = await open_platform(settings, home)
        try:
            yield platform
        finally:
            await platform.close()
    finally:
        home.release()


def _security(platform: Platform) -> SecurityService:
    service = platform.subgraphs["security"].service
    assert isinstance(service, SecurityService), "the security subgraph hands out its service"
    return service
