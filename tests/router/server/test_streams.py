"""Subscriptions over HTTP: server-sent events and multipart."""

from __future__ import annotations

import asyncio
import time

import pytest

from router.config import LimitsConfig, RouterConfig, SubscriptionsConfig

from .clients import Answer, exchange, post
from .federation import Federation
from .issuer import AUTH, Issuer
from .test_websocket import FOREVER, SEEN

EVENTS = {"accept": "text/event-stream"}
FOREVER_BODY = b'{"query":"subscription { forever { name } }"}'
MULTIPART = {"accept": 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json'}


async def test_server_sent_events_carry_each_event_and_complete() -> None:
    federation = Federation()

    answer = await post(federation.app, SEEN, EVENTS, variables={"ids": ["1", "2"]})

    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.body == (
        b":\n\n"
        b'event: next\ndata: {"data":{"seen":{"name":"Ada","rating":10}}}\n\n'
        b'event: next\ndata: {"data":{"seen":{"name":"Grace","rating":20}}}\n\n'
        b"event: complete\ndata: \n\n"
    )


async def test_queries_and_refusals_are_streams_of_one_where_only_that_is_accepted() -> None:
    federation = Federation()

    answer = await post(federation.app, "{ users { id } }", EVENTS)
    refusal = await post(federation.app, "{ nothing }", EVENTS)

    assert answer.body.startswith(b':\n\nevent: next\ndata: {"data":{"users":[{"id":"1"},{"id":"2"}]}}\n\n')
    assert refusal.status == 200
    assert b'"code":"GRAPHQL_VALIDATION_FAILED"' in refusal.body
    assert refusal.body.endswith(b"event: complete\ndata: \n\n")


async def test_multipart_carries_each_event_in_a_part() -> None:
    federation = Federation()

    answer = await post(federation.app, SEEN, MULTIPART, variables={"ids": ["1"]})

    assert answer.headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    assert answer.body == (
        b"\r\n--graphql\r\ncontent-type: application/json\r\n\r\n"
        b'{"payload":{"data":{"seen":{"name":"Ada","rating":10}}}}\r\n'
        b"--graphql--\r\n"
    )


async def test_a_query_is_plain_json_for_a_client_that_also_takes_multipart() -> None:
    federation = Federation()

    answer = await post(federation.app, "{ users { id } }", MULTIPART)

    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_subscription_without_a_streaming_type_is_406() -> None:
    federation = Federation()

    answer = await post(federation.app, FOREVER)

    assert answer.status == 406
    assert federation.accounts.headers == []


async def test_heartbeats_show_that_the_stream_lives_and_leaving_ends_the_subscription() -> None:
    federation = Federation(RouterConfig(subscriptions=SubscriptionsConfig(heartbeat_seconds=0.01)))
    headers = {"content-type": "application/json", **EVENTS}

    answer = await exchange(
        federation.app, "POST", "/graphql", headers=headers, body=FOREVER_BODY, leave_after=b"}}}\n\n:\n\n:\n\n"
    )

    assert b'"forever":{"name":"Ada"}' in answer.body
    assert not answer.complete.is_set()
    await federation.accounts.left.wait()


async def test_an_event_goes_out_with_the_boundary_that_ends_its_part() -> None:
    federation = Federation()
    headers = {"content-type": "application/json", **MULTIPART}

    answer = await exchange(
        federation.app, "POST", "/graphql", headers=headers, body=FOREVER_BODY, leave_after=b"}}}\r\n--graphql"
    )

    assert answer.body.endswith(b'{"payload":{"data":{"forever":{"name":"Ada"}}}}\r\n--graphql')
    await federation.accounts.left.wait()


EXPIRED = b'"errors":[{"message":"The token has expired.","extensions":{"code":"UNAUTHENTICATED"}}]}'
GOING = (
    b'"errors":[{"message":"The server is going away; subscribe again.",'
    b'"extensions":{"code":"SUBSCRIPTION_INTERRUPTED"}}]}'
)


@pytest.mark.parametrize(
    ("accept", "end"),
    [
        (EVENTS, b"event: next\ndata: {" + EXPIRED + b"\n\nevent: complete\ndata: \n\n"),
        (MULTIPART, b'\r\n\r\n{"payload":null,' + EXPIRED + b"\r\n--graphql--\r\n"),
    ],
)
async def test_a_stream_says_so_and_ends_when_the_token_expires(accept: dict[str, str], end: bytes) -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), clock=lambda: time.time() + 600, security=issuer)
    token = issuer.token()

    answer = await post(federation.app, FOREVER, {**accept, "authorization": f"Bearer {token}"})

    assert answer.body.endswith(end)


@pytest.mark.parametrize(
    ("accept", "end"),
    [
        (EVENTS, b'data: {"data":{"forever":{"name":"Ada"}}}\n\n'),
        (MULTIPART, b'\r\n\r\n{"payload":null,' + GOING + b"\r\n--graphql--\r\n"),
    ],
)
async def test_streams_end_when_the_server_goes_so_that_clients_come_back(accept: dict[str, str], end: bytes) -> None:
    federation = Federation()
    answer = Answer()
    headers = {"content-type": "application/json", **accept}
    streaming = asyncio.create_task(
        exchange(federation.app, "POST", "/graphql", headers=headers, body=FOREVER_BODY, into=answer)
    )
    while b"Ada" not in answer.body:  # noqa: ASYNC110  The answer is written to, and tells nobody.
        await asyncio.sleep(0)

    await federation.app.close()
    await streaming

    assert answer.body.endswith(end)
    assert federation.accounts.subscriptions == 0


async def test_a_stream_that_begins_when_the_server_is_going_ends_at_once() -> None:
    federation = Federation()
    await federation.app.dismiss()

    answer = await post(federation.app, FOREVER, EVENTS)

    assert answer.status == 200
    assert b"complete" not in answer.body


async def test_a_lone_answer_as_a_stream_is_whole_although_the_server_is_going() -> None:
    federation = Federation()
    await federation.app.dismiss()

    answer = await post(federation.app, "{ users { id } }", EVENTS)

    assert answer.body.endswith(b'{"data":{"users":[{"id":"1"},{"id":"2"}]}}\n\nevent: complete\ndata: \n\n')


async def test_one_client_may_have_so_many_streams_and_no_more() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(streams_per_client=1)))
    first = asyncio.create_task(post(federation.app, FOREVER, EVENTS))
    await federation.accounts.root.seen_forever.wait()

    second = await post(federation.app, FOREVER, EVENTS)
    await federation.app.dismiss()
    await first
    refused = (second.status, second.json["errors"][0]["extensions"]["code"])

    assert refused == (429, "RATE_LIMITED")


async def test_a_get_may_subscribe_as_event_sources_do() -> None:
    federation = Federation()

    query = "query=subscription(%24ids:[ID!]!)%7Bseen(ids:%24ids)%7Bname%7D%7D&variables=%7B%22ids%22:[1]%7D"
    answer = await exchange(federation.app, "GET", "/graphql", query=query, headers=EVENTS)

    assert answer.body.startswith(b':\n\nevent: next\ndata: {"data":{"seen":{"name":"Ada"}}}\n\n')
