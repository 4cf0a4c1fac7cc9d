"""Answers in gzip, for those who take it and where it pays."""

from __future__ import annotations

import gzip
import zlib

import pytest

from router.config import CompressionConfig, RouterConfig
from router.server.compression import takes_gzip

from .clients import Answer, exchange, post
from .federation import Federation

EVERYTHING = CompressionConfig(minimum_bytes=0)
NAMES = b'{"data":{"users":[{"name":"Ada"},{"name":"Grace"}]}}'


async def answer(compression: CompressionConfig, accept_encoding: str, name: str = "Ada") -> Answer:
    federation = Federation(RouterConfig(compression=compression))
    federation.accounts.root.names["1"] = name
    return await post(federation.app, "{ users { name } }", {"accept-encoding": accept_encoding})


async def test_who_takes_gzip_gets_it() -> None:
    got = await answer(EVERYTHING, "br, gzip;q=0.8")

    assert got.headers["content-encoding"] == "gzip"
    assert got.headers["content-length"] == str(len(got.body))
    assert "accept-encoding" in got.headers["vary"].split(", ")
    assert gzip.decompress(got.body) == NAMES


@pytest.mark.parametrize("accept_encoding", ["", "br", "gzip;q=0", "identity, gzip;q=0.0", "*;q=0"])
async def test_who_does_not_gets_it_plain_and_caches_know(accept_encoding: str) -> None:
    got = await answer(EVERYTHING, accept_encoding)

    assert "content-encoding" not in got.headers
    assert "accept-encoding" in got.headers["vary"].split(", ")
    assert got.body == NAMES


async def test_small_answers_are_left_alone_and_so_are_all_when_it_is_off() -> None:
    small = await answer(CompressionConfig(), "gzip")
    off = await answer(CompressionConfig(enabled=False, minimum_bytes=0), "gzip")

    assert small.body == off.body == NAMES


async def test_an_answer_of_the_least_size_is_compressed_and_one_byte_less_is_not() -> None:
    enough = await answer(CompressionConfig(minimum_bytes=len(NAMES)), "gzip")
    less = await answer(CompressionConfig(minimum_bytes=len(NAMES) + 1), "gzip")

    assert enough.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in less.headers


async def test_a_large_answer_is_compressed_beside_the_loop_and_whole() -> None:
    name = "".join(chr(97 + number * number % 26) for number in range(400_000))

    got = await answer(EVERYTHING, "gzip", name)

    assert zlib.decompress(got.body, 31) == NAMES.replace(b"Ada", name.encode())


async def test_streams_are_never_compressed() -> None:
    federation = Federation(RouterConfig(compression=EVERYTHING))

    headers = {"accept": "text/event-stream", "accept-encoding": "gzip"}
    got = await post(federation.app, "{ users { name } }", headers)

    assert "content-encoding" not in got.headers
    assert got.body.startswith(b":\n\nevent: next\n")


async def test_a_refusal_is_compressed_as_well() -> None:
    federation = Federation(RouterConfig(compression=EVERYTHING))

    got = await exchange(federation.app, "POST", "/graphql", headers={"accept-encoding": "gzip"}, body=b"{}")

    assert got.status == 415
    assert b"content type" in gzip.decompress(got.body)


@pytest.mark.parametrize(
    ("header", "taken"),
    [("GZIP", True), ("x-gzip", True), ("*", True), ("gzip;q=x", False), ("gzip; q=0.001", True), ("deflate", False)],
)
def test_the_header_is_read_as_http_says(header: str, taken: bool) -> None:
    assert takes_gzip(header) is taken


async def test_subgraphs_are_asked_for_gzip_where_the_settings_say_so() -> None:
    federation = Federation(RouterConfig.model_validate({"subgraphs": {"accounts": {"compression": "answers"}}}))

    await post(federation.app, "{ users { name rating } }")

    assert federation.accounts.headers[0]["accept-encoding"] == "gzip"
    assert "accept-encoding" not in federation.ratings.headers[0]
