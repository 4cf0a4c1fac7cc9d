"""The HTTP transport against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from router.errors import TransportError
from router.transport import HttpSettings, HttpTransport, PlainRequest, SubgraphRequest

from .servers import Behaviour, Seen, always, answer, in_turn, never, serve


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(HttpSettings(max_connections=2, max_response_bytes=1000))
    yield transport
    await transport.close()


def query(url: str, *, retryable: bool = True, timeout: float = 5, body: bytes = b"{}") -> SubgraphRequest:
    return SubgraphRequest("a", url, body, (("x-a", "1"),), timeout, retryable)


async def test_a_request_carries_its_headers_and_body(transport: HttpTransport) -> None:
    async with serve(always(b"HTTP/1.1 200 OK\r\nX-B: 2\r\ncontent-length: 2\r\n\r\nhi")) as (url, seen):
        response = await transport.send(query(url))

    assert (response.status, response.body, response.headers["x-b"]) == (200, b"hi", "2")
    head, body = seen.requests[0]
    assert head.startswith(b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"\r\nx-a: 1\r\n" in head
    assert b"\r\ncontent-type: application/json\r\n" in head
    assert body == b"{}"


async def test_connections_are_kept_and_used_again(transport: HttpTransport) -> None:
    async with serve(always(answer(b"x"))) as (url, seen):
        for _ in range(5):
            await transport.send(query(url))

    assert (len(seen.requests), seen.connections) == (5, 1)


async def test_no_more_connections_are_made_than_allowed_and_the_rest_wait(transport: HttpTransport) -> None:
    async with serve(always(answer(b"x"))) as (url, seen):
        responses = await asyncio.gather(*(transport.send(query(url)) for _ in range(10)))

    assert [response.body for response in responses] == [b"x"] * 10
    assert (len(seen.requests), seen.connections) == (10, 2)


SURPLUS = [answer(b"evil"), b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nevil", b"GARBAGE\r\n"]


@pytest.mark.parametrize("surplus", SURPLUS)
async def test_what_comes_with_an_answer_is_not_taken_for_the_next(transport: HttpTransport, surplus: bytes) -> None:
    async def echo_and_more(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(seen.requests[-1][1]) + surplus)
        return True

    bodies = [b"%d" % number for number in range(10)]
    async with serve(echo_and_more) as (url, seen):
        responses = await asyncio.gather(*(transport.send(query(url, body=body)) for body in bodies))

    assert [response.body for response in responses] == bodies
    assert seen.connections == 10


@pytest.mark.parametrize("surplus", SURPLUS)
async def test_a_connection_that_speaks_without_being_asked_is_not_used_again(
    transport: HttpTransport, surplus: bytes
) -> None:
    async def echo_and_more(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(seen.requests[-1][1]))
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(surplus)
        return True

    async with serve(echo_and_more) as (url, seen):
        first = await transport.send(query(url, body=b"first"))
        await asyncio.sleep(0.05)
        second = await transport.send(query(url, body=b"second"))

    assert (first.body, second.body, seen.connections) == (b"first", b"second", 2)


async def test_a_chunked_response_is_put_together(transport: HttpTransport) -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with serve(always(chunked)) as (url, seen):
        assert (await transport.send(query(url))).body == b"abcde"
        assert (await transport.send(query(url))).body == b"abcde"

    assert seen.connections == 1


async def test_of_a_response_in_chunks_head_and_body_are_measured_apart_and_headers_are_its_own(
    transport: HttpTransport,
) -> None:
    padding = b"y" * 900
    first = b"HTTP/1.1 200 OK\r\nx-a: %b\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n%b\r\n0\r\n\r\n"
    second = b"HTTP/1.1 200 OK\r\nx-b: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    async with serve(in_turn(first % (padding, b"x" * 1000), second)) as (url, seen):
        responses = [await transport.send(query(url)) for _ in range(2)]

    assert [len(response.body) for response in responses] == [1000, 1]
    assert list(responses[1].headers) == ["x-b", "transfer-encoding"]
    assert seen.connections == 1


INTERIM = [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n"]


@pytest.mark.parametrize("interim", INTERIM)
@pytest.mark.parametrize("pause", [0, 0.02], ids=["at once", "apart"])
async def test_what_a_server_says_before_its_answer_is_passed_over(
    transport: HttpTransport, interim: bytes, pause: float
) -> None:
    async def announce(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(interim)
        await writer.drain()
        await asyncio.sleep(pause)
        writer.write(answer(b"x"))
        return True

    async with serve(announce) as (url, seen):
        responses = [await transport.send(query(url)) for _ in range(2)]

    assert [(response.status, response.body) for response in responses] == [(200, b"x")] * 2
    assert (len(seen.requests), seen.connections) == (2, 1)


UNMEASURED = [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n"]


@pytest.mark.parametrize("head", UNMEASURED, ids=["1.1", "1.0"])
async def test_a_response_without_a_length_ends_with_its_connection(transport: HttpTransport, head: bytes) -> None:
    async def parts(_: Seen, writer: asyncio.StreamWriter) -> bool:
        for part in (head, b"abc", b"de"):
            writer.write(part)
            await writer.drain()
        return False

    async with serve(parts) as (url, seen):
        bodies = [(await transport.send(query(url))).body for _ in range(2)]

    assert bodies == [b"abcde"] * 2
    assert (len(seen.requests), seen.connections) == (2, 2)


async def test_a_response_without_a_length_that_is_broken_off_is_none(transport: HttpTransport) -> None:
    async def reset(_: Seen, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return False

    async with serve(reset) as (url, _):
        with pytest.raises(TransportError, match="closed the connection"):
            await transport.send(query(url))


async def test_a_connection_the_server_closes_is_not_used_again(transport: HttpTransport) -> None:
    closing = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx"
    async with serve(always(closing)) as (url, seen):
        await transport.send(query(url))
        await transport.send(query(url))

    assert seen.connections == 2


@pytest.mark.parametrize("lost", [None, b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"])
async def test_a_query_is_sent_again_when_it_was_lost_or_the_server_busy(
    transport: HttpTransport, lost: bytes | None
) -> None:
    async with serve(in_turn(lost, answer(b"second"))) as (url, seen):
        response = await transport.send(query(url))

    assert response.body == b"second"
    assert len(seen.requests) == 2


async def test_a_query_on_a_connection_that_was_used_before_is_sent_again_too(transport: HttpTransport) -> None:
    async with serve(in_turn(answer(b"first"), None, answer(b"second"))) as (url, seen):
        bodies = [(await transport.send(query(url))).body for _ in range(2)]

    assert bodies == [b"first", b"second"]
    assert (len(seen.requests), seen.connections) == (3, 2)


async def test_a_mutation_goes_over_a_connection_only_a_moment_after_its_last_use(transport: HttpTransport) -> None:
    async with serve(always(answer(b"x"))) as (url, seen):
        for retryable in (True, False):
            await transport.send(query(url, retryable=retryable))
        assert seen.connections == 1
        await asyncio.sleep(1.1)
        for retryable, connections in ((True, 1), (False, 1)):
            await transport.send(query(url, retryable=retryable))
            assert seen.connections == connections
        await asyncio.sleep(1.1)
        await transport.send(query(url, retryable=False))

    assert seen.connections == 2


async def test_a_mutation_is_never_sent_again(transport: HttpTransport) -> None:
    async with serve(in_turn(None, answer(b"second"))) as (url, seen):
        with pytest.raises(TransportError, match="closed the connection"):
            await transport.send(query(url, retryable=False))

    assert len(seen.requests) == 1


async def test_a_query_that_is_lost_again_and_again_fails(transport: HttpTransport) -> None:
    async with serve(in_turn(None, None, None, answer(b"late"))) as (url, seen):
        with pytest.raises(TransportError, match="closed the connection"):
            await transport.send(query(url))

    assert len(seen.requests) == 3


async def test_half_a_response_is_not_asked_for_again(transport: HttpTransport) -> None:
    async def half(_: object, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        return False

    async with serve(half) as (url, seen):
        with pytest.raises(TransportError, match="closed the connection"):
            await transport.send(query(url))

    assert len(seen.requests) == 1


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (always(b"SSH-2.0-OpenSSH\r\n\r\n"), "did not answer in HTTP"),
        (always(answer(b"x" * 1001)), "answered more than 1000 bytes"),
        (always(b"HTTP/1.1 200 OK\r\n" + b"x-a: 1234567890\r\n" * 100), "answered more than 1000 bytes"),
        (never, "did not answer within 0.05 s"),
    ],
)
async def test_what_cannot_be_answered_says_why(transport: HttpTransport, behave: Behaviour, message: str) -> None:
    async with serve(behave) as (url, _):
        with pytest.raises(TransportError, match=message):
            await transport.send(query(url, timeout=0.05 if behave is never else 5))


async def test_after_a_time_out_the_next_request_has_a_connection_of_its_own(transport: HttpTransport) -> None:
    async def first_never(seen: object, writer: asyncio.StreamWriter) -> bool:
        if len(getattr(seen, "requests", [])) == 1:
            await asyncio.Event().wait()
        writer.write(answer(b"fresh"))
        return True

    async with serve(first_never) as (url, seen):
        with pytest.raises(TransportError):
            await transport.send(query(url, timeout=0.05))
        response = await transport.send(query(url))

    assert (response.body, seen.connections) == (b"fresh", 2)


async def test_connections_that_hang_are_in_nobodys_way_after_their_time() -> None:
    transport = HttpTransport(HttpSettings(max_connections=1))

    async def twice_never(seen: Seen, writer: asyncio.StreamWriter) -> bool:
        if len(seen.requests) < 3:
            await asyncio.Event().wait()
        writer.write(answer(b"fresh"))
        return True

    async with serve(twice_never) as (url, seen):
        for _ in range(2):
            with pytest.raises(TransportError, match=r"did not answer within 0\.05 s"):
                await transport.send(query(url, timeout=0.05))
        response = await transport.send(query(url))

    assert (response.body, seen.connections) == (b"fresh", 3)
    await transport.close()


async def test_a_request_whose_time_is_over_while_it_waits_is_never_sent() -> None:
    transport = HttpTransport(HttpSettings(max_connections=1))
    released = asyncio.Event()

    async def when_released(_: Seen, writer: asyncio.StreamWriter) -> bool:
        await released.wait()
        writer.write(answer(b"x"))
        return True

    async with serve(when_released) as (url, seen):
        first = transport.send(query(url, body=b"first"))
        with pytest.raises(TransportError, match=r"did not answer within 0\.05 s"):
            await transport.send(query(url, body=b"late", timeout=0.05, retryable=False))
        third = transport.send(query(url, body=b"third"))
        released.set()
        await first
        await third

    assert [body for _, body in seen.requests] == [b"first", b"third"]
    await transport.close()


async def test_a_connection_that_hangs_while_it_is_made_is_in_nobodys_way_afterwards() -> None:
    """A host that drops what comes to it, as one does whose queue is full, and then no longer."""
    transport = HttpTransport(HttpSettings(max_connections=1))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as queue:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        queue.enter_context(socket.create_connection(listener.getsockname()))
        with pytest.raises(TransportError, match=r"did not answer within 0\.2 s"):
            await transport.send(query(url, timeout=0.2))

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if await reader.read(1):
                writer.write(answer(b"again"))
            writer.close()

        server = await asyncio.start_server(connected, sock=listener)
        # The first connection would be tried again a second after it was begun.
        response = await transport.send(query(url, timeout=0.7))
        server.close()

    assert response.body == b"again"
    await transport.close()


async def test_a_host_where_nothing_listens_is_unreachable(transport: HttpTransport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"

        with pytest.raises(TransportError, match="cannot be reached"):
            await transport.send(query(url, retryable=False))


async def test_all_that_wait_for_a_host_that_is_not_there_are_told(transport: HttpTransport) -> None:
    """More than may have connections: those that only wait are not left to wait for the end of their time."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"

        outcomes = await asyncio.gather(*(transport.send(query(url)) for _ in range(12)), return_exceptions=True)

    assert {str(outcome) for outcome in outcomes} == {"cannot be reached (ConnectionRefusedError)"}


async def test_what_can_be_no_hosts_name_is_unreachable(transport: HttpTransport) -> None:
    with pytest.raises(TransportError, match="cannot be reached"):
        await transport.send(query("http://a..b/"))


async def test_an_address_that_is_not_http_is_refused(transport: HttpTransport) -> None:
    with pytest.raises(TransportError, match="not HTTP"):
        await transport.send(query("ftp://host/"))


async def test_plain_requests_fetch_any_document(transport: HttpTransport) -> None:
    async with serve(always(answer(b'{"keys":[]}'))) as (url, seen):
        response = await transport.request(PlainRequest("GET", url + "?a=1", (("accept", "application/json"),)))

    assert response.body == b'{"keys":[]}'
    assert seen.requests[0][0].startswith(b"GET /graphql?a=1 HTTP/1.1\r\n")
