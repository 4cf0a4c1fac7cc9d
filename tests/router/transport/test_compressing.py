"""Compression to and from subgraphs."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from router.errors import TransportError
from router.transport import CompressingTransport, HttpTransport, SubgraphRequest, SubgraphResponse

from .servers import Behaviour, Seen, always, serve

DATA = b'{"data":{"name":"' + b"a" * 5000 + b'"}}'
PACKED = gzip.compress(DATA)


def answer(body: bytes, encoding: bytes = b"gzip") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\ncontent-length: %d\r\n\r\n%b" % (encoding, len(body), body)


async def sent(
    behave: Behaviour, body: bytes = b"{}", most: int = 10_000, subgraph: str = "both"
) -> tuple[SubgraphResponse, Seen]:
    async with serve(behave) as (url, seen):
        http = HttpTransport()
        transport = CompressingTransport(http, answers=["both", "answers"], requests=["both"], max_response_bytes=most)
        try:
            return await transport.send(SubgraphRequest(subgraph, url, body, retryable=True)), seen
        finally:
            await transport.close()


async def test_a_compressed_answer_is_asked_for_and_unpacked() -> None:
    response, seen = await sent(always(answer(PACKED)))

    assert response.body == DATA
    assert b"\r\naccept-encoding: gzip\r\n" in seen.requests[0][0]


async def test_an_answer_that_is_not_compressed_is_taken_as_it_is() -> None:
    plain, _ = await sent(always(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"))
    named, _ = await sent(always(answer(b"{}", b"identity")))

    assert plain.body == named.body == b"{}"


async def test_a_large_request_is_compressed_where_the_subgraph_takes_it_and_a_small_one_is_not() -> None:
    _, large = await sent(always(answer(PACKED)), DATA)
    _, small = await sent(always(answer(PACKED)), b"{}")
    _, elsewhere = await sent(always(answer(PACKED)), DATA, subgraph="answers")

    head, body = large.requests[0]
    assert b"\r\ncontent-encoding: gzip\r\n" in head
    assert gzip.decompress(body) == DATA
    assert b"content-encoding" not in small.requests[0][0]
    assert elsewhere.requests[0][1] == DATA


async def test_other_subgraphs_are_left_alone() -> None:
    _, seen = await sent(always(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"), DATA, subgraph="near")

    assert b"encoding" not in seen.requests[0][0]
    assert seen.requests[0][1] == DATA


@pytest.mark.parametrize(
    ("body", "most", "message"),
    [
        (gzip.compress(b"0" * 100_000_000, 1), 1_000_000, "answered more than 1000000 bytes"),
        (PACKED, len(DATA) - 1, f"answered more than {len(DATA) - 1} bytes"),
        (PACKED[:-20], 10_000, "answered half of its gzip"),
        (DATA, 10_000, "answered in an encoding that is not gzip"),
    ],
    ids=["a bomb", "a byte too many", "cut off", "not packed"],
)
async def test_an_answer_that_cannot_be_unpacked_or_grows_too_large_is_no_answer(
    body: bytes, most: int, message: str
) -> None:
    with pytest.raises(TransportError, match=message):
        await sent(always(answer(body)), most=most)


async def test_an_answer_of_the_largest_size_is_taken() -> None:
    response, _ = await sent(always(answer(PACKED)), most=len(DATA))

    assert response.body == DATA


async def test_a_bomb_is_not_unpacked_first() -> None:
    bomb = answer(gzip.compress(b"0" * 50_000_000, 1))
    tracemalloc.start()
    try:
        with pytest.raises(TransportError):
            await sent(always(bomb), most=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 10_000_000
