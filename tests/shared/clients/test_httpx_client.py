"""The HTTP port over httpx, against sockets of this machine."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from shared.clients.httpx_client import HttpxClient
from shared.clients.transport import ConnectFailed, NoAnswer

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def served(serve: Serve) -> tuple[asyncio.Server, str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"


async def test_an_answer_comes_with_status_headers_and_body_whatever_they_are() -> None:
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 4\r\n\r\nbody")
        await writer.drain()

    server, url = await served(serve)
    async with server, HttpxClient() as http:
        answer = await http.request("POST", url, headers={"X-One": "1"}, body=b"{}", timeout=5.0)

    assert (answer.status, answer.headers["location"], answer.body) == (302, "/elsewhere", b"body")
    assert requests[0].startswith(b"POST /graphql HTTP/1.1\r\n")
    assert b"X-One: 1\r\n" in requests[0]
    assert requests[0].endswith(b"\r\n\r\n{}")


async def test_a_peer_that_is_not_there_was_never_reached() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("Nobody comes here.")

    server, url = await served(serve)
    server.close()
    await server.wait_closed()

    async with HttpxClient() as http:
        with pytest.raises(ConnectFailed):
            await http.request("GET", url, headers={}, body=None, timeout=5.0)


async def test_a_peer_that_breaks_off_may_have_heard() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server, url = await served(serve)
    async with server, HttpxClient() as http:
        with pytest.raises(NoAnswer):
            await http.request("GET", url, headers={}, body=None, timeout=5.0)


async def test_a_peer_that_drips_is_not_waited_for_longer_than_the_whole_time_out() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        # Each read of the client's succeeds well within its time-out; only the whole takes too long.
        while not writer.is_closing():
            writer.write(b".")
            await asyncio.sleep(0.01)

    server, url = await served(serve)
    async with server, HttpxClient() as http:
        with pytest.raises(NoAnswer):
            await http.request("GET", url, headers={}, body=None, timeout=0.1)
