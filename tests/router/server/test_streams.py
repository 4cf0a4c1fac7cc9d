"""Subscriptions over HTTP: server-sent events and multipart."""

from __future__ import annotations

import time

from router.config import RouterConfig, SubscriptionsConfig

from .clients import exchange, post
from .federation import Federation
from .issuer import AUTH, Issuer
from .test_websocket import FOREVER, SEEN

EVENTS = {"accept": "text/event-stream"}
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
    body = b'{"query":"subscription { forever { name } }"}'
    headers = {"content-type": "application/json", **EVENTS}

    answer = await exchange(
        federation.app, "POST", "/graphql", headers=headers, body=body, leave_after=b"}}}\n\n:\n\n:\n\n"
    )

    assert b'"forever":{"name":"Ada"}' in answer.body
    assert not answer.complete.is_set()
    await federation.accounts.left.wait()


async def test_a_stream_ends_when_the_token_expires() -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), clock=lambda: time.time() + 600, security=issuer)
    token = issuer.token()

    answer = await post(federation.app, FOREVER, {**EVENTS, "authorization": f"Bearer {token}"})

    assert answer.body.endswith(b"event: complete\ndata: \n\n")


async def test_a_get_may_subscribe_as_event_sources_do() -> None:
    federation = Federation()

    query = "query=subscription(%24ids:[ID!]!)%7Bseen(ids:%24ids)%7Bname%7D%7D&variables=%7B%22ids%22:[1]%7D"
    answer = await exchange(federation.app, "GET", "/graphql", query=query, headers=EVENTS)

    assert answer.body.startswith(b':\n\nevent: next\ndata: {"data":{"seen":{"name":"Ada"}}}\n\n')
