"""Which fetches share one request."""

from __future__ import annotations

import asyncio

import pytest

from router.errors import TransportError
from router.execution import Dispatcher, Endpoint, RequestContext
from router.transport import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

from .conftest import Answer, CannedTransport

ADA = RequestContext((("authorization", "Bearer ada"),), (("x-correlation-id", "1"),), "1")
ADA_AGAIN = RequestContext((("authorization", "Bearer ada"),), (("x-correlation-id", "2"),), "2")
GRACE = RequestContext((("authorization", "Bearer grace"),), (), "3")


class Refusing(CannedTransport):
    def send(self, request: SubgraphRequest) -> asyncio.Future[SubgraphResponse]:  # type: ignore[override]
        raise TransportError(f"no way to {request.url}")


class Held(CannedTransport):
    """Answers when the test says so."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.held: list[asyncio.Future[SubgraphResponse]] = []

    def send(self, _: SubgraphRequest) -> asyncio.Future[SubgraphResponse]:  # type: ignore[override]
        self.held.append(asyncio.get_running_loop().create_future())
        return self.held[-1]


def dispatcher(transport: Transport, *, deduplicate: bool = True) -> Dispatcher:
    return Dispatcher(transport, {"a": Endpoint("http://a/", 7, (("x-router-proof", "s"),))}, deduplicate=deduplicate)


def canned() -> CannedTransport:
    return CannedTransport(lambda *_: {"data": {}})


async def test_equal_queries_of_one_caller_in_flight_are_sent_once() -> None:
    transport = canned()
    dispatch = dispatcher(transport)

    answers = await asyncio.gather(*(dispatch("a", b"{}", context, retryable=True) for context in (ADA, ADA_AGAIN)))

    assert [answer.body for answer in answers] == [b'{"data":{}}'] * 2
    assert len(transport.sent) == 1


async def test_callers_do_not_share_and_what_has_ended_is_sent_anew() -> None:
    transport = canned()
    dispatch = dispatcher(transport)

    await asyncio.gather(*(dispatch("a", b"{}", context, retryable=True) for context in (ADA, GRACE)))
    await dispatch("a", b"{}", ADA, retryable=True)

    assert len(transport.sent) == 3


async def test_mutations_never_share() -> None:
    transport = canned()
    dispatch = dispatcher(transport)

    await asyncio.gather(*(dispatch("a", b"{}", ADA, retryable=False) for _ in range(2)))

    assert len(transport.sent) == 2


async def test_a_query_after_a_mutation_does_not_join_one_sent_before_it_ended() -> None:
    transport = Held(lambda *_: {})
    dispatch = dispatcher(transport)

    before = dispatch("a", b"{}", ADA, retryable=True)
    mutation = dispatch("a", b"{}", ADA, retryable=False)
    joined = dispatch("a", b"{}", ADA, retryable=True)
    transport.held[1].set_result(SubgraphResponse(200, {}, b""))
    await mutation
    await asyncio.sleep(0)
    after = dispatch("a", b"{}", ADA, retryable=True)

    assert joined is before
    assert after is not before
    assert len(transport.held) == 3


async def test_sharing_can_be_switched_off() -> None:
    transport = canned()
    dispatch = dispatcher(transport, deduplicate=False)

    await asyncio.gather(*(dispatch("a", b"{}", ADA, retryable=True) for _ in range(2)))

    assert len(transport.sent) == 2


async def test_a_request_carries_address_time_and_headers() -> None:
    transport = canned()

    await dispatcher(transport)("a", b"{}", ADA, retryable=True)

    headers = (("x-router-proof", "s"), ("authorization", "Bearer ada"), ("x-correlation-id", "1"))
    assert transport.sent == [SubgraphRequest("a", "http://a/", b"{}", headers, 7, retryable=True)]


async def test_a_transport_that_refuses_at_once_fails_the_future() -> None:
    with pytest.raises(TransportError, match="no way to http://a/"):
        await dispatcher(Refusing(lambda *_: {}))("a", b"{}", ADA, retryable=True)


async def test_the_canned_transport_serves_no_plain_requests() -> None:
    with pytest.raises(TransportError):
        await canned().request(PlainRequest("GET", "http://a/"))
