"""The in-process transport: what an app sees, and what becomes of apps that misbehave."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from router.errors import TransportError
from router.transport import InProcessTransport, PlainRequest, SubgraphRequest


def request(url: str, *, timeout: float = 5) -> SubgraphRequest:
    return SubgraphRequest("a", url, b"{}", (("x-a", "1"),), timeout)


class App:
    """Keeps its scope and answers in two parts."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.messages: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.messages.append(await receive())
        await send({"type": "http.response.start", "status": 201, "headers": [(b"X-B", b"2")]})
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await send({"type": "http.response.body", "body": b"llo"})
        self.messages.append(await receive())


async def test_an_app_sees_an_ordinary_request_and_a_state() -> None:
    app = App()

    response = await InProcessTransport({"doctors": app}).send(request("http://doctors:4003/graph%20ql?x=1"))

    assert (response.status, response.body, response.headers) == (201, b"hello", {"x-b": "2"})
    assert app.scope["state"] == {}
    assert (app.scope["method"], app.scope["path"], app.scope["query_string"]) == ("POST", "/graph ql", b"x=1")
    headers = dict(app.scope["headers"])
    assert (headers[b"host"], headers[b"x-a"], headers[b"content-length"]) == (b"doctors:4003", b"1", b"2")
    assert app.messages == [
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]


async def test_plain_requests_reach_the_app_too() -> None:
    app = App()

    await InProcessTransport({"security": app}).request(PlainRequest("GET", "http://security/.well-known/jwks.json"))

    assert (app.scope["method"], app.scope["path"]) == ("GET", "/.well-known/jwks.json")


async def test_unknown_hosts_go_to_the_fallback() -> None:
    app = App()
    transport = InProcessTransport({}, fallback=InProcessTransport({"a:1": app}))

    assert (await transport.send(request("http://a:1/"))).status == 201


async def test_an_unknown_host_without_a_fallback_is_a_fault() -> None:
    with pytest.raises(TransportError, match="no app answers for a:1"):
        await InProcessTransport({}).send(request("http://a:1/"))


async def _crash(_: Any, __: Any, ___: Any) -> None:
    raise RuntimeError("password hunter2")


async def _hang(_: Any, __: Any, ___: Any) -> None:
    await asyncio.Event().wait()


async def _silent(_: Any, __: Any, ___: Any) -> None:
    return


async def _chatty(_: Any, __: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"x" * 11})


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (_crash, "^crashed$"),
        (_hang, r"did not answer within 0\.01 s"),
        (_silent, "answered nothing"),
        (_chatty, "answered more than 10 bytes"),
    ],
)
async def test_an_app_that_misbehaves_is_a_fault_that_tells_nothing_secret(app: Any, message: str) -> None:
    with pytest.raises(TransportError, match=message):
        await InProcessTransport({"a": app}, max_response_bytes=10).send(request("http://a/", timeout=0.01))
