"""Requests that are answered without ASGI: which they are, and that one cannot tell by the answers."""

from __future__ import annotations

import asyncio
import gc
import gzip
from typing import Any

import orjson
import pytest

from router.config import RouterConfig
from router.server import create_app
from router.server.asgi import Receive, Scope, Send
from router.server.direct_posts import DirectExchange, Post
from router.transport import InProcessTransport, SubgraphRequest, SubgraphResponse

from .federation import SUPERGRAPH, Federation, TablePlanner
from .wire import Connection, message

JSON = {"content-type": "application/json"}
USER = {"query": "query($id: ID!) { user(id: $id) { name rating } }", "variables": {"id": "1"}}
ADA = {"data": {"user": {"name": "Ada", "rating": 10}}}
CHUNKED = b"\r\n".join(
    [
        b"POST /graphql HTTP/1.1",
        b"host: router",
        b"content-type: application/json",
        b"transfer-encoding: chunked",
        b"",
        b"11",
        b'{"query":"{__type',
        b"7",
        b'name}"}',
        b"0",
        b"\r\n",
    ]
)
SLOW = {"query": "{ slow }"}


class Watched:
    """An application that tells which requests it took."""

    def __init__(self, federation: Federation) -> None:
        self._app = federation.app
        self.taken: list[bool] = []

    def take(self, post: Post) -> DirectExchange | None:
        exchange = self._app.take(post)
        self.taken.append(exchange is not None)
        return exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class Crashing(InProcessTransport):
    async def send(self, _: SubgraphRequest) -> SubgraphResponse:
        raise ArithmeticError


def connect(federation: Federation, config: RouterConfig | None = None) -> tuple[Connection, Watched]:
    watched = Watched(federation)
    return Connection(watched, config or RouterConfig()), watched


def post(payload: Any, **headers: str) -> bytes:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return message("POST", "/graphql", {**JSON, **given}, orjson.dumps(payload))


async def test_a_query_is_taken_and_answered_without_a_task() -> None:
    connection, watched = connect(Federation())

    connection.send(post(USER))
    tasks = len(connection.state.tasks)
    response = await connection.response()

    assert (watched.taken, tasks) == ([True], 0)
    assert (response.status, orjson.loads(response.body)) == (200, ADA)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert len(response.headers["x-correlation-id"]) == 32
    assert connection.state.total_requests == 1


async def test_a_request_may_come_in_pieces() -> None:
    connection, watched = connect(Federation())

    for byte in post(USER):
        connection.send(bytes([byte]))

    assert orjson.loads((await connection.response()).body) == ADA
    assert watched.taken == [True]


async def test_what_was_answered_is_gone_without_the_garbage_collector() -> None:
    connection, _ = connect(Federation())
    gc.collect()
    gc.disable()
    try:
        for payload in (USER, {"query": "{ unknown }"}, USER):
            connection.send(post(payload))
            await connection.response()
        connection.send(post({"query": "{ __typename }"}))
        await connection.response()
        # By type: what another test has left may be a weak proxy, which must not be asked for its class.
        kept = sum(type(known) is DirectExchange for known in gc.get_objects())
    finally:
        gc.enable()

    assert kept == 0


async def test_requests_with_one_head_are_told_apart_and_another_head_is_read() -> None:
    federation = Federation()
    connection, watched = connect(federation)
    asking = {"query": "{ headers }"}
    sent: list[dict[str, str]] = []
    answered: list[str] = []
    named = {"authorization": "Bearer ada", "user_agent": "one", "x_correlation_id": "given"}

    for headers in ({}, {}, {"user_agent": "one"}, {"user_agent": "two"}, {"x_correlation_id": "given"}, {}, named):
        connection.send(post(asking, **headers))
        answered.append((await connection.response()).headers["x-correlation-id"])
        sent.append(federation.accounts.headers[-1])

    assert [headers.get("user-agent") for headers in sent] == [None, None, "one", "two", None, None, "one"]
    assert [headers["x-correlation-id"] for headers in sent] == answered
    assert answered[4] == answered[6] == "given"
    assert len(set(answered)) == len({headers["traceparent"] for headers in sent}) - 1 == 6
    assert [headers.get("authorization") for headers in sent] == [None] * 6 + ["Bearer ada"]
    assert watched.taken == [True] * 7


async def test_two_connections_with_one_head_are_two_addresses() -> None:
    federation = Federation()
    watched = Watched(federation)
    connections = [Connection(watched, RouterConfig()) for _ in range(2)]
    connections[1].protocol.client = ("192.0.2.8", 1)

    for connection in connections:
        connection.send(post(USER))
        await connection.response()

    assert [headers["x-forwarded-for"] for headers in federation.accounts.headers] == ["192.0.2.7", "192.0.2.8"]


async def test_requests_that_are_parsed_and_such_that_are_not_may_follow_one_another() -> None:
    connection, watched = connect(Federation())
    plain, odd = post(USER), post(USER, x_empty="")
    probe = message("GET", "/health", {}, b"")

    for request_ in (plain, odd, plain, probe, plain, CHUNKED, plain):
        connection.send(request_)
        assert (await connection.response()).status == 200

    assert watched.taken == [True] * 5
    assert connection.state.total_requests == 7


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b"POST /elsewhere HTTP/1.1\r\nx-empty:\r\nx: ", 404),  # The rest of a head.
        (message("POST", "/elsewhere", {"content-length": str(len(post(USER)))}, b""), 404),  # The body of one.
        (message("POST", "/graphql", {**JSON, "content-length": str(len(post(USER)))}, b""), 400),
    ],
)
async def test_what_follows_the_first_half_of_a_request_is_its_second_half(begun: bytes, status: int) -> None:
    connection, watched = connect(Federation())

    connection.send(begun)
    await asyncio.sleep(0.01)
    connection.send(post(USER))
    await asyncio.sleep(0.01)

    assert (await connection.response()).status == status
    assert watched.taken in ([], [False])


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (message("GET", "/graphql?query=%7B__typename%7D", {}, b""), 200),
        (message("POST", "/graphql?x=1", JSON, orjson.dumps(USER)), 200),
        (message("POST", "/elsewhere", JSON, orjson.dumps(USER)), 404),
        (CHUNKED, 200),
        (post(USER, connection="close"), 200),
        (post({**USER, "extensions": {"x": "x" * 70_000}}), 200),
    ],
)
async def test_what_is_not_plain_goes_by_asgi_without_asking(request_: bytes, status: int) -> None:
    connection, watched = connect(Federation())

    connection.send(request_)

    assert (await connection.response()).status == status
    assert watched.taken == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post({"query": "subscription { forever { name } }"}), 406),
        (post(USER, accept="text/event-stream"), 200),
        (post(USER, accept="text/plain"), 406),
        (message("POST", "/graphql", {"content-type": "text/plain"}, b"{}"), 415),
        (message("POST", "/graphql", JSON, b"{"), 400),
        (post({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}), 200),
    ],
)
async def test_what_needs_more_is_not_taken_and_goes_by_asgi(request_: bytes, status: int) -> None:
    connection, watched = connect(Federation())

    connection.send(request_)

    assert (await connection.response()).status == status
    assert watched.taken == [False]


async def test_who_waits_to_be_told_to_continue_is_told() -> None:
    connection, watched = connect(Federation())

    connection.send(post(USER, expect="100-continue"))

    assert (await connection.sent()).startswith(b"HTTP/1.1 100 Continue\r\n")
    assert watched.taken == []


async def test_requests_sent_ahead_are_answered_in_their_order() -> None:
    federation = Federation()
    connection, watched = connect(federation)
    requests = [post({**USER, "variables": {"id": number}}) for number in ("1", "2")]
    probe = message("GET", "/health", {}, b"")

    connection.send(requests[0] + probe + requests[1] + post(USER, connection="close"))
    while not connection.wire.closing:
        await connection.sent(len(connection.wire.written))

    bodies = [part.partition(b"\r\n\r\n")[2] for part in connection.wire.written.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    names = [b"Ada", b"up", b"Grace", b"Ada"]
    assert [name in body for name, body in zip(names, bodies, strict=True)] == [True] * 4
    assert watched.taken[0] is True


async def test_what_is_no_http_is_told_after_the_answers_before_it() -> None:
    connection, _ = connect(Federation())

    connection.send(post({"query": "{ unknown }"}) + b"GARBAGE\r\n\r\n")
    written = await connection.sent()

    assert written.index(b"HTTP/1.1 200 OK") < written.index(b"HTTP/1.1 400 Bad Request")
    assert connection.wire.closing


async def test_a_websocket_is_opened_by_the_same_connections() -> None:
    connection, watched = connect(Federation())
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-protocol": "graphql-transport-ws"}

    connection.send(message("GET", "/graphql", {**upgrade, **key}, b""))

    assert (await connection.sent()).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert watched.taken == []


async def test_a_client_that_leaves_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    federation = Federation()
    connection, _ = connect(federation)

    connection.send(post(USER))
    connection.leave()
    await federation.app.drain(1)

    assert connection.wire.written == b""
    assert caplog.messages == []
    assert b'router_requests_total{kind="query",status="200"} 1.0' in federation.app.log.metrics()


async def test_a_server_that_ends_lets_the_request_under_way_finish_and_then_closes() -> None:
    connection, _ = connect(Federation())

    connection.send(post(USER))
    connection.protocol.shutdown()
    open_meanwhile = not connection.wire.closing
    response = await connection.response()

    assert open_meanwhile
    assert response.headers["connection"] == "close"
    assert connection.wire.closing


async def test_an_answer_that_waits_for_the_rounds_end_is_not_lost_when_the_server_ends() -> None:
    connection, _ = connect(Federation())

    connection.send(post({"query": "{ unknown }"}))
    connection.protocol.shutdown()

    assert b"Cannot query field" in connection.wire.written


async def test_a_request_without_end_is_cut_off() -> None:
    federation = Federation()
    connection, _ = connect(federation)
    connection.send(post(SLOW))
    await asyncio.sleep(0.01)

    cut = connection.protocol.cut_off()
    again = connection.protocol.cut_off()
    await federation.app.drain(0)

    assert (cut, again, connection.wire.closing) == (True, False, True)
    assert b'router_requests_total{kind="query",status="503"} 1.0' in federation.app.log.metrics()


async def test_a_router_that_ends_takes_nothing_more() -> None:
    federation = Federation()
    connection, watched = connect(federation)
    federation.app.announce_end()

    connection.send(post(USER))
    response = await connection.response()

    assert watched.taken == [False]
    assert response.headers["connection"] == "close"


async def test_idle_connections_are_closed_and_others_are_not() -> None:
    federation = Federation()
    connection, _ = connect(federation)
    loop = asyncio.get_running_loop()
    connection.send(post(USER))
    await connection.response()
    connection.send(post(SLOW))
    await asyncio.sleep(0.01)

    connection.protocol.look(loop.time() + 76)
    busy = connection.wire.closing
    connection.protocol.cut_off()
    idle, _ = connect(Federation())
    idle.send(post(USER))
    await idle.response()
    idle.protocol.look(loop.time() + 74)
    still = idle.wire.closing
    idle.protocol.look(loop.time() + 76)

    assert (busy, still, idle.wire.closing) == (False, False, True)


async def test_large_answers_are_compressed() -> None:
    federation = Federation(RouterConfig.model_validate({"compression": {"minimum_bytes": 20}}))
    connection, watched = connect(federation)

    connection.send(post(USER, accept_encoding="gzip"))
    response = await connection.response()

    assert watched.taken == [True]
    assert response.headers["content-encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(response.body)) == ADA


async def test_a_crash_is_answered_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    federation = Federation()
    federation.app = create_app(SUPERGRAPH, RouterConfig(), Crashing({}), TablePlanner())
    connection, _ = connect(federation)

    connection.send(post(USER, x_correlation_id="c-9"))
    response = await connection.response()

    assert orjson.loads(response.body)["errors"] == [
        {"message": "Internal server error.", "extensions": {"code": "INTERNAL_SERVER_ERROR", "correlationId": "c-9"}}
    ]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["execution crashed"]
