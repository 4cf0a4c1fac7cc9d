"""A full disk: callers are told, nothing is half written, and with room again everything goes on without a hand."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.stories.client import Answered, Client
from tests.stories.people import PASSWORD, a_patient, slots_of
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform
from tests.stories.shopping import SLOTS_EACH, a_shopper, each_appointment_is_there_once, each_mail_came_once

# A file system of its own and of this size over the folder that follows, which only this process and its children see.
CRAMPED = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
MOUNT = 'mount -t tmpfs -o size=192m tmpfs "$0" && exec "$@"'


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[RunningPlatform]:
    within = (*CRAMPED, MOUNT, str(tmp_path))
    try:
        tried = subprocess.run([*within, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"no file system of one's own can be mounted: {error}")
    if tried.returncode:
        pytest.skip(f"no file system of one's own can be mounted: {tried.stderr.strip()}")
    with RunningPlatform(tmp_path, within=within) as running:
        yield running


def inside(platform: RunningPlatform) -> Path:
    """Answer the folder as the platform sees it."""
    assert platform.process is not None
    return Path(f"/proc/{platform.process.pid}/root{platform.home}")


def fill(folder: Path) -> Path:
    """Take all room that there is, to the last byte; answers the file that holds it."""
    ballast = os.open(folder / "ballast", os.O_CREAT | os.O_WRONLY)
    for size in (1 << 16, 1 << 10, 1):
        try:
            while True:
                os.write(ballast, b"x" * size)
        except OSError:
            continue
    os.close(ballast)
    return folder / "ballast"


def write_all_down(folder: Path) -> None:
    """Have mongod write what it has only noted so far, as it does by itself every minute; without room it ends."""
    url = f"mongodb://{quote_plus(str(folder / 'mongo' / 'run' / 'm.sock'))}/?directConnection=true"
    with MongoClient[dict[str, Any]](url) as client, pytest.raises(PyMongoError):
        client.admin.command("fsync")


@pytest.mark.timeout(400)
async def test_a_full_disk_is_told_and_once_there_is_room_nothing_is_lost_and_nothing_doubled(
    cramped: RunningPlatform,
) -> None:
    async with Client(cramped.url) as anyone:
        shopper = await a_shopper(anyone, await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD), "Ana")
        for purchase in shopper.purchases[: SLOTS_EACH // 2]:
            await purchase.go_on(shopper.patient, shopper.doctor)

        ballast = fill(inside(cramped))

        for purchase in shopper.purchases[SLOTS_EACH // 2 :]:
            with pytest.raises(Answered) as told:
                await purchase.go_on(shopper.patient, shopper.doctor)
            assert told.value.codes == ["SUBGRAPH_UNAVAILABLE"]
        assert await slots_of(anyone, shopper.doctor) == shopper.doctor.slots[SLOTS_EACH // 2 :]
        write_all_down(inside(cramped))
        # mongod has ended; started again it may find the little room that it needs to answer, or not.
        try:
            await anyone.sign_in(shopper.patient.email, PASSWORD)
        except Answered as refused:
            assert refused.codes == ["SUBGRAPH_UNAVAILABLE"]  # noqa: PT017  It may as well work.

        ballast.unlink()

        async def bought() -> bool:
            await shopper.shop()
            return shopper.finished == SLOTS_EACH

        # mongod is tried again after pauses that have grown to half a minute at most.
        await anyone.until(bought, "the rest to be bought", patience=180)
        await each_appointment_is_there_once(shopper)
        await each_mail_came_once(anyone, shopper)
        await a_patient(anyone)
