"""Heads that are read without a parser: whatever is read so, the parser reads in the same way."""

from __future__ import annotations

from typing import Any

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router.transport.plain_heads import PlainHeads

POST = rb"POST /graphql HTTP/1\.1"
OK = rb"HTTP/1\.1 200 [\t \x21-\x7e\x80-\xff]*+"
REQUEST = b"POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Length: 2\r\n\r\n{}"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}"
PLAIN = [
    b"host: router",
    b"Accept: text/html;q=0.8, */*",
    b"content-type:application/json",
    b"connection: Keep-Alive",
    b"cookie: \xff=\x80",
    b"traceparent:\t00-1-2-01",
    b"transfer_encoding: chunked",
    b"x-spaces:  a  b",
]
SPECIAL = [
    b"content-length: 2",  # A second one.
    b"Content-Length: 3",
    b"transfer-encoding: chunked",
    b"transfer-encoding: identity",
    b"Transfer-Encoding : chunked",
    b"connection: Close",
    b"connection: keep-alive, upgrade",
    b"upgrade: websocket",
    b"expect: 100-continue",
    b"trailer: x",
    b"x-folded: a\r\n b",
    b"x-bare: a\nb: c",
    b"x-bare: a\rb: c",
    b"x-null: \x00",
    b"x-control: \x0b",
    b"x-delete: \x7f",
    b"x-empty:",
    b"x-twice: a\r\nX-Twice: b",
    b" x-indented: a",
    b": nameless",
    b"no colon",
    b"x-\xe9: a",
    b"x(y): a",
    b"x-trailing: a ",
    b"x-blank:  \t ",
]
LENGTHS = [
    b"content-length: 2",
    b"Content-Length:\t02",
    b"content-length: 2 ",
    b"content-length : 2",
    b"content-length: +2",
    b"content-length: 2, 2",
    b"content-length: 2 2",
    b"content-length: 0x2",
    b"content-length: -2",
    b"content-length:",
    b"content-length: ",
    b"content-length: 12345678901234567890",
    b"content_length: 2",
]
STARTS = [
    b"POST /graphql HTTP/1.1",
    b"POST /graphql HTTP/1.0",
    b"POST  /graphql HTTP/1.1",
    b"POST /graphql  HTTP/1.1",
    b"POST /graphql HTTP/1.1 ",
    b"\r\nPOST /graphql HTTP/1.1",
    b"post /graphql HTTP/1.1",
    b"GET /graphql HTTP/1.1",
]
STATUSES = [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 ", b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 None"]
EDITS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 200), st.binary(max_size=2)), max_size=2)


class Parsed:
    """What httptools makes of bytes."""

    def __init__(self, kind: Any, data: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.url = self.body = b""
        self.begun = self.ended = 0
        self.is_special = False
        self.parser = kind(self)
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.ended += 1
        self.is_special = self.parser.should_upgrade() or not self.parser.should_keep_alive()

    def head(self) -> dict[str, str]:
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.headers}


@st.composite
def messages(draw: st.DrawFn, starts: list[bytes]) -> bytes:
    """Write a message as attackers would, or nearly a good one, and then change some of its bytes."""
    good = draw(st.booleans())
    start = starts[0] if good else draw(st.sampled_from(starts))
    lines = [draw(st.sampled_from(LENGTHS[:2] if good else LENGTHS))]
    lines += draw(st.lists(st.sampled_from(PLAIN if good else PLAIN + SPECIAL), max_size=6))
    body = draw(st.sampled_from([b"{}", b"", b"{}x", b"0\r\n\r\n", b"{}POST /graphql HTTP/1.1\r\n\r\n"]))
    data = b"\r\n".join([start, *lines, b"", b""]) + body
    for kind, position, patch in draw(EDITS):
        data = data[:position] + patch + data[position + kind :]
    return data


def check(data: bytes, start: bytes, kind: Any) -> Parsed | None:
    """Read and parse a message; None where it is not plain and whole."""
    head = PlainHeads(start).read(data)
    if head is None or len(data) != head.size + head.length:
        return None
    parsed = Parsed(kind, data)
    assert (parsed.begun, parsed.ended) == (1, 1)
    assert parsed.body == data[head.size :]
    assert parsed.head() == head.headers
    assert len(parsed.headers) == len(head.headers)
    assert parsed.parser.get_http_version() == "1.1"
    assert not parsed.is_special
    return parsed


@given(messages(STARTS))
@example(REQUEST)
def test_a_request_that_is_read_without_the_parser_is_the_one_that_the_parser_reads(data: bytes) -> None:
    parsed = check(data, POST, httptools.HttpRequestParser)

    if parsed is not None:
        assert (parsed.parser.get_method(), parsed.url) == (b"POST", b"/graphql")


@given(messages(STATUSES))
@example(RESPONSE)
def test_a_response_that_is_read_without_the_parser_is_the_one_that_the_parser_reads(data: bytes) -> None:
    parsed = check(data, OK, httptools.HttpResponseParser)

    if parsed is not None:
        assert parsed.parser.get_status_code() == 200


@pytest.mark.parametrize("line", PLAIN)
@pytest.mark.parametrize("length", LENGTHS[:2])
def test_what_clients_and_servers_send_is_plain(line: bytes, length: bytes) -> None:
    rest = b"\r\n".join([b"", length, line, b"", b"{}"])

    assert check(STARTS[0] + rest, POST, httptools.HttpRequestParser) is not None
    assert check(STATUSES[0] + rest, OK, httptools.HttpResponseParser) is not None


@pytest.mark.parametrize("lines", [[line] for line in LENGTHS[2:]] + [[LENGTHS[0], line] for line in SPECIAL] + [[]])
def test_what_two_readers_may_read_in_two_ways_is_not_plain(lines: list[bytes]) -> None:
    rest = b"\r\n".join([b"", b"host: router", *lines, b"", b"{}"])

    assert PlainHeads(POST).read(STARTS[0] + rest) is None
    assert PlainHeads(OK).read(STATUSES[0] + rest) is None


def test_a_head_that_is_not_whole_or_too_long_is_not_plain() -> None:
    heads = PlainHeads(POST, longest=100)

    assert heads.read(REQUEST) is not None
    assert [heads.read(REQUEST[:size]) for size in range(len(REQUEST) - 2)] == [None] * (len(REQUEST) - 2)
    assert heads.read(REQUEST.replace(b"router", b"r" * 100)) is None


def test_a_head_is_read_once_and_not_remembered_for_ever() -> None:
    heads = PlainHeads(POST)

    first = heads.read(REQUEST)
    again = heads.read(REQUEST.replace(b"{}", b"[]"))
    for number in range(1000):
        heads.read(REQUEST.replace(b"router", b"%d" % number))
    later = heads.read(REQUEST)

    assert first is again
    assert later == first
    assert later is not first


@pytest.mark.parametrize(
    "evil", [b" " * 8000 + b"\x00", b"a:" * 4000 + b"\x00", b"a:b\r\n" * 1600 + b"\x00", b"-" * 8000]
)
def test_no_head_takes_long_to_be_refused(evil: bytes) -> None:
    data = b"POST /graphql HTTP/1.1\r\nx:" + evil + b"\r\n\r\n"

    assert PlainHeads(POST).read(data) is None
