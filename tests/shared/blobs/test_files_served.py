"""The embedded store's addresses on a real server: what only sockets show."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from shared.blobs.files import files_app
from shared.blobs.local import LocalBlobStore
from shared.blobs.store import UploadTarget
from shared.clock import ManualClock
from tests.shared.blobs.conftest import SECRET

PDF = b"%PDF-1.7" + bytes(9 * 1024 * 1024)


@pytest.fixture(params=["httptools", "h11"])
async def served(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> AsyncIterator[LocalBlobStore]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = LocalBlobStore(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}", SECRET, clock)
        config = uvicorn.Config(files_app(store), http=request.param, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        # Not `serve`, which takes the signals of the whole test run.
        serving = asyncio.create_task(server._serve([listener]))
        yield store
        server.should_exit = server.force_exit = True
        await serving


async def target_of(store: LocalBlobStore, size: int) -> UploadTarget:
    return await store.presign_upload(
        "a", content_type="application/pdf", size=size, sha256=None, expires_in=timedelta(minutes=15)
    )


async def test_a_large_file_goes_up_and_comes_down_again(served: LocalBlobStore) -> None:
    target = await target_of(served, len(PDF))
    url = await served.presign_download(
        "a", filename="a.pdf", content_type="application/pdf", expires_in=timedelta(minutes=5)
    )

    async with httpx.AsyncClient(trust_env=False) as http:
        up = await http.post(target.url, data=dict(target.fields), files={"file": PDF})
        down = await http.get(url)

    assert (up.status_code, down.status_code) == (204, 200)
    assert down.content == PDF


async def test_who_sends_far_too_much_is_told_so_and_not_cut_off(served: LocalBlobStore) -> None:
    target = await target_of(served, 10)

    request = httpx.Request("POST", target.url, data=dict(target.fields), files={"file": PDF})
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())

    # A client that reads only after it has sent everything, as simple ones do.
    reader, writer = await asyncio.open_connection(request.url.host, request.url.port)
    writer.write(f"POST /files/uploads HTTP/1.1\r\n{head}\r\n".encode() + request.read())
    await writer.drain()
    answer = await reader.readuntil(b"}}")
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"FILE_TOO_LARGE"' in answer


async def test_an_upload_that_breaks_off_leaves_nothing(served: LocalBlobStore, tmp_path: Path) -> None:
    target = await target_of(served, len(PDF))

    async def half(whole: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        sent = 0
        while sent < len(PDF) // 2:
            piece = await anext(whole)
            sent += len(piece)
            yield piece
        await asyncio.Event().wait()

    async with httpx.AsyncClient(trust_env=False) as http:
        request = http.build_request("POST", target.url, data=dict(target.fields), files={"file": PDF})
        assert isinstance(request.stream, httpx.AsyncByteStream)
        body = half(aiter(request.stream))
        sending = asyncio.create_task(http.post(target.url, content=body, headers=request.headers))
        await until(tmp_path, files=1)
        sending.cancel()
        await asyncio.wait([sending])

    await until(tmp_path, files=0)
    assert await served.head("a") is None


async def until(folder: Path, *, files: int) -> None:
    """Wait for the server, which notices in its own time and tells nobody."""
    while sum(path.is_file() for path in folder.rglob("*")) != files:  # noqa: ASYNC110, ASYNC240 - As just said.
        await asyncio.sleep(0.01)
