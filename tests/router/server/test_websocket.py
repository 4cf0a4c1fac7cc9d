"""graphql-transport-ws, as a client sees it."""

from __future__ import annotations

import asyncio
import time

import pytest

from router.config import LimitsConfig, RouterConfig, SubscriptionsConfig

from .clients import WebSocketClient
from .federation import Federation
from .issuer import AUTH, Issuer

SEEN = "subscription ($ids: [ID!]!) { seen(ids: $ids) { name rating } }"
FOREVER = "subscription { forever { name } }"


async def test_each_event_is_completed_by_entity_fetches() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        assert await client.initialise() == {"type": "connection_ack"}
        client.subscribe("a", SEEN, variables={"ids": ["1", "2"]})
        heard = [await client.hear() for _ in range(3)]

    assert heard == [
        {"type": "next", "id": "a", "payload": {"data": {"seen": {"name": "Ada", "rating": 10}}}},
        {"type": "next", "id": "a", "payload": {"data": {"seen": {"name": "Grace", "rating": 20}}}},
        {"type": "complete", "id": "a"},
    ]


async def test_queries_and_mutations_run_over_the_socket_too() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise({})
        client.subscribe("q", "{ users { name } }")
        heard = [await client.hear(), await client.hear()]

    assert heard[0]["payload"] == {"data": {"users": [{"name": "Ada"}, {"name": "Grace"}]}}
    assert heard[1] == {"type": "complete", "id": "q"}


async def test_a_refused_operation_is_an_error_message() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("bad", "subscription { nothing }")
        heard = await client.hear()

    assert (heard["type"], heard["id"]) == ("error", "bad")
    assert heard["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_completing_lets_go_of_the_subgraph_and_frees_the_id() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("f", FOREVER)
        first = await client.hear()
        client.say({"type": "complete", "id": "f"})
        await federation.accounts.left.wait()
        client.subscribe("f", "{ users { name } }")
        again = await client.hear()

    assert first["payload"] == {"data": {"forever": {"name": "Ada"}}}
    assert (again["type"], again["id"]) == ("next", "f")


async def test_leaving_lets_go_of_the_subgraph() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("f", FOREVER)
        await client.hear()
        assert federation.accounts.subscriptions == 1

    await federation.accounts.left.wait()


async def test_pings_are_answered_and_heartbeats_sent() -> None:
    federation = Federation(RouterConfig(subscriptions=SubscriptionsConfig(heartbeat_seconds=0.01)))

    async with WebSocketClient(federation.app) as client:
        client.say({"type": "ping"})
        client.say({"type": "pong"})
        heard = [await client.hear(), await client.hear()]

    assert {message["type"] for message in heard} == {"ping", "pong"}


@pytest.mark.parametrize(
    "message",
    ["{", "[]", '{"type":"unknown"}', '{"type":"subscribe","id":5,"payload":{}}', '{"type":"subscribe","payload":{}}'],
)
async def test_what_is_not_of_the_protocol_closes_with_4400(message: str) -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.say(message)

        assert await client.hear() == {"closed": 4400}


async def test_an_operation_before_the_acknowledgement_closes_with_4401() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        client.subscribe("a", FOREVER)

        assert await client.hear() == {"closed": 4401}


async def test_no_initialisation_in_time_closes_with_4408() -> None:
    federation = Federation(RouterConfig(subscriptions=SubscriptionsConfig(init_seconds=0.01)))

    async with WebSocketClient(federation.app) as client:
        assert await client.hear() == {"closed": 4408}


async def test_an_id_in_use_closes_with_4409() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("a", FOREVER)
        await client.hear()
        client.subscribe("a", FOREVER)

        assert await client.hear() == {"closed": 4409}


async def test_a_second_initialisation_closes_with_4429() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()

        assert await client.initialise() == {"closed": 4429}


async def test_another_subprotocol_closes_with_4406() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app, subprotocol="graphql-ws") as client:
        assert await client.hear() == {"closed": 4406}


async def test_one_client_may_open_so_many_sockets_and_no_more() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(websockets_per_client=1)))

    async with WebSocketClient(federation.app) as first:
        await first.initialise()
        async with WebSocketClient(federation.app) as second:
            assert await second.hear() == {"closed": 4429}
    async with WebSocketClient(federation.app) as third:
        assert await third.initialise() == {"type": "connection_ack"}


async def test_one_socket_may_run_so_many_operations_and_no_more() -> None:
    federation = Federation(RouterConfig(limits=LimitsConfig(subscriptions_per_websocket=1)))

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("a", FOREVER)
        await client.hear()
        client.subscribe("b", FOREVER)
        heard = await client.hear()

    assert (heard["type"], heard["id"]) == ("error", "b")


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_the_token_comes_with_the_initialisation_and_goes_to_the_subgraph(name: str) -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)
    token = f"Bearer {issuer.token()}"

    async with WebSocketClient(federation.app) as client:
        await client.initialise({name: token})
        client.subscribe("a", FOREVER)
        await client.hear()

    assert federation.accounts.init_payloads[0]["authorization"] == token
    assert federation.accounts.headers[0]["authorization"] == token


async def test_the_token_may_come_with_the_upgrade() -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)
    token = f"Bearer {issuer.token()}"

    async with WebSocketClient(federation.app, {"authorization": token}) as client:
        assert await client.initialise() == {"type": "connection_ack"}
        client.subscribe("a", "{ users { id } }")
        await client.hear()

    assert federation.accounts.headers[0]["authorization"] == token


async def test_a_bad_token_closes_with_4403() -> None:
    federation = Federation(RouterConfig(auth=AUTH), security=Issuer())

    async with WebSocketClient(federation.app) as client:
        assert await client.initialise({"authorization": "Bearer forged"}) == {"closed": 4403}


async def test_a_header_with_a_line_break_is_not_taken() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise({"authorization": "Bearer x\r\nx-admin: 1"})
        client.subscribe("a", "{ users { id } }")
        await client.hear()

    assert "authorization" not in federation.accounts.headers[0]


async def test_the_socket_closes_when_the_token_expires() -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), clock=lambda: time.time() + 600, security=issuer)

    async with WebSocketClient(federation.app) as client:
        acknowledged = await client.initialise({"authorization": f"Bearer {issuer.token()}"})
        closed = await client.hear()

    assert acknowledged == {"type": "connection_ack"}
    assert closed == {"closed": 4403}


async def test_closing_the_router_sends_clients_away() -> None:
    federation = Federation()

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        await federation.app.close()

        assert await client.hear() == {"closed": 1001}


async def test_a_query_that_is_under_way_is_answered_before_the_router_sends_its_client_away() -> None:
    federation = Federation()
    going_on, released = asyncio.Event(), asyncio.Event()

    async def wait(*_: object) -> str:
        going_on.set()
        await released.wait()
        return "done"

    federation.accounts.root.slow = wait
    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.subscribe("s", FOREVER)
        await client.hear()
        client.subscribe("q", "{ slow }")
        await going_on.wait()
        closing = asyncio.create_task(federation.app.close())
        await asyncio.sleep(0)
        client.subscribe("late", "{ users { id } }")
        await asyncio.sleep(0.01)
        released.set()
        heard = [await client.hear() for _ in range(3)]
        await closing

    assert heard == [
        {"type": "next", "id": "q", "payload": {"data": {"slow": "done"}}},
        {"type": "complete", "id": "q"},
        {"closed": 1001},
    ]


async def test_a_socket_that_is_opened_when_the_router_is_going_is_sent_away() -> None:
    federation = Federation()
    await federation.app.dismiss()

    async with WebSocketClient(federation.app) as client:
        assert await client.hear() == {"closed": 1001}
