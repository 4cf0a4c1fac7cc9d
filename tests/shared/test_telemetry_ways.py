"""A trace on its ways: from the door through a transaction, relay and bus to a consumer, and to other subgraphs."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import BaseModel

from shared.errors import SubgraphUnavailable
from shared.events.backoff import Backoff
from shared.events.bus import DeadLetter
from shared.events.consumer import Consumer, Retries, Subscription
from shared.events.envelope import Event
from shared.events.log import LogBus
from shared.events.outbox import Relay
from shared.mail.observing import sending
from shared.stores.mongo import MongoStore
from shared.telemetry import Telemetry, start_telemetry
from shared.telemetry_trail import Trail, carry, current, following
from tests.shared.clients.peer import Client, ScriptedHttp, doctors
from tests.shared.events.events import NOON, fact
from tests.shared.otlp_peer import OtlpPeer, Told, otlp_peer
from tests.shared.things import ask

TRACE = "0af7651916cd43dd8448eb211c80319c"
FROM_ROUTER = f"00-{TRACE}-b7ad6b7169203331-01"
SERVER, CLIENT, PRODUCER, CONSUMER, ERROR = 2, 3, 4, 5, 2
QUICK = Retries(attempts=3, backoff=Backoff(first=0.001, longest=0.002), outage_seconds=60)


class Number(BaseModel):
    n: int


@pytest.fixture
async def bus() -> AsyncIterator[LogBus]:
    opened = await LogBus.open(None)
    yield opened
    await opened.close()


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpPeer]:
    with otlp_peer() as peer:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url)
        yield peer


@pytest.fixture
def telemetry(peer: OtlpPeer) -> Iterator[Telemetry]:
    with start_telemetry("bmc-things") as telemetry:
        yield telemetry


def only(spans: list[Told]) -> Told:
    (span,) = spans
    return span


async def test_an_operation_is_told_by_its_root_field_and_nothing_that_its_client_wrote(
    peer: OtlpPeer, telemetry: Telemetry
) -> None:
    headers = {"traceparent": FROM_ROUTER, "x-correlation-id": "canary-id"}
    await ask('query canaryName { canaryAlias: thing(id: "canary-literal") { id } }', headers=headers)
    await ask("query($id: ID!) { thing(id: $id) { id } }", {"id": "canary-variable"}, headers=headers)
    telemetry.close()

    told = peer.named("query thing")
    assert [(one.trace, one.parent, one.kind) for one in told] == [(TRACE, "b7ad6b7169203331", SERVER)] * 2
    assert told[0].attributes == {
        "bmc.subgraph": "things",
        "graphql.operation.type": "query",
        "graphql.operation.name": "thing",
    }
    assert b"canary" not in b"".join(peer.bodies)


async def test_a_batch_of_entities_is_told_with_their_type_and_number(peer: OtlpPeer, telemetry: Telemetry) -> None:
    one = "_entities(representations: $%s) { ... on Thing { id } }"
    two = f"a: {one % 'r'} b: {one % 's'}"
    things = [{"__typename": "Thing", "id": f"canary-{n}"} for n in range(3)]
    await ask(f"query($r: [_Any!]!, $s: [_Any!]!) {{ {two} }}", {"r": things[:2], "s": things[2:]})
    telemetry.close()

    attributes = only(peer.named("query _entities(Thing)")).attributes
    assert attributes["bmc.entities.type"] == "Thing"
    assert attributes["bmc.entities.count"] == 3
    assert b"canary" not in b"".join(peer.bodies)


async def test_what_only_asks_whether_we_live_is_not_told(peer: OtlpPeer, telemetry: Telemetry) -> None:
    await ask("{ __typename }")
    telemetry.close()

    assert peer.spans == []


async def test_codes_are_told_and_only_faults_fail_an_operation(peer: OtlpPeer, telemetry: Telemetry) -> None:
    await ask("mutation { liftThing { thing { id } } }")
    await ask("{ missingThing { id } }")
    await ask('{ brokenThing(note: "canary") { id } }')
    telemetry.close()

    told = {one.attributes["graphql.operation.name"]: one for one in peer.spans}
    assert {name: (one.attributes["bmc.codes"], one.status) for name, one in told.items()} == {
        "liftThing": ("TOO_HEAVY", 0),
        "missingThing": ("NOT_FOUND", 0),
        "brokenThing": ("INTERNAL_SERVER_ERROR", ERROR),
    }
    assert b"canary" not in b"".join(peer.bodies)


async def test_a_call_of_another_subgraph_carries_the_trace_and_the_correlation_id(
    peer: OtlpPeer, telemetry: Telemetry
) -> None:
    client = Client(ScriptedHttp(doctors))

    with following(Trail("req-7", FROM_ROUTER)):
        await client.ask("doc_1", "doc_2")
    telemetry.close()

    call = only(peer.spans)
    assert (call.name, call.trace, call.kind) == ("ask doctors", TRACE, CLIENT)
    assert call.attributes == {"bmc.peer": "doctors", "bmc.entities.type": "Doctor", "bmc.entities.count": 2}
    headers = client.http.asked[0].headers
    assert headers["traceparent"] == f"00-{TRACE}-{call.id}-01"
    assert headers["x-correlation-id"] == "req-7"


async def test_a_call_carries_the_trace_even_where_nothing_is_exported() -> None:
    client = Client(ScriptedHttp(doctors))

    with following(Trail("req-7", FROM_ROUTER)):
        await client.ask("doc_1")
    await client.ask("doc_2")

    first, second = client.http.asked
    assert (first.headers["traceparent"], first.headers["x-correlation-id"]) == (FROM_ROUTER, "req-7")
    assert not {"traceparent", "x-correlation-id"} & set(second.headers)


def consumer_of(store: MongoStore, bus: LogBus, *failures: Exception, seen: list[str | None]) -> Consumer:
    script = list(failures)

    async def handle(_: Event, __: Number) -> None:
        seen.append(carry())
        if script:
            raise script.pop(0)

    subscription = Subscription(Number, handle)
    return Consumer("tally", store, bus, {"counter.incremented": subscription}, retries=QUICK)


async def test_one_trace_leads_from_a_transaction_by_the_outbox_and_the_bus_to_a_consumer(
    peer: OtlpPeer, telemetry: Telemetry, mongo_store: MongoStore, bus: LogBus
) -> None:
    seen: list[str | None] = []
    consumer = consumer_of(mongo_store, bus, seen=seen)
    handled = asyncio.Event()

    async def receive(event: Event) -> None:
        await consumer.receive(event)
        handled.set()

    async def work() -> None:
        mongo_store.publish(fact("canary-subject", 1))

    with following(Trail("req-7", FROM_ROUTER)):
        await mongo_store.transaction(work)
    await Relay(mongo_store, bus).relay_batch()
    consuming = asyncio.create_task(bus.consume(consumer.name, consumer.topics, receive))
    await handled.wait()
    consuming.cancel()
    await asyncio.wait({consuming})
    telemetry.close()

    transaction, *_ = peer.named("transaction")
    published, processed = (
        only(peer.named("publish counter.incremented")),
        only(peer.named("process counter.incremented")),
    )
    assert {one.trace for one in peer.spans} == {TRACE}
    assert transaction.parent == "b7ad6b7169203331"
    assert (published.kind, published.parent) == (PRODUCER, transaction.id)
    assert (processed.kind, processed.parent) == (CONSUMER, transaction.id)
    assert processed.attributes["messaging.consumer.group.name"] == "tally"
    assert processed.attributes["bmc.attempt"] == 1
    assert b"canary" not in b"".join(peer.bodies)
    assert (seen[0] or "").startswith(f"00-{TRACE}-")


async def test_each_attempt_at_an_event_is_told_and_failed_ones_as_failed(
    peer: OtlpPeer, telemetry: Telemetry, mongo_store: MongoStore, bus: LogBus
) -> None:
    consumer = consumer_of(mongo_store, bus, SubgraphUnavailable("canary"), LookupError("canary"), seen=[])

    await consumer.receive(Event("counter.incremented", "tests", "a", NOON, {"n": 1}, traceparent=FROM_ROUTER))
    telemetry.close()

    attempts = [(one.attributes["bmc.attempt"], one.status) for one in peer.named("process counter.incremented")]
    assert sorted(attempts) == [(1, ERROR), (2, ERROR), (3, 0)]
    assert b"canary" not in b"".join(peer.bodies)


async def test_a_dead_letter_is_replayed_in_the_trace_of_its_event(mongo_store: MongoStore, bus: LogBus) -> None:
    event = Event("counter.incremented", "tests", "a", NOON, {"n": 1}, traceparent=FROM_ROUTER)
    await bus.set_aside(DeadLetter("tally:1", "tally", event, "why", NOON))
    seen: list[str | None] = []

    await consumer_of(mongo_store, bus, seen=seen).replay("tally:1")

    assert seen == [FROM_ROUTER]


async def test_an_event_from_before_traces_begins_one_that_is_carried_on(mongo_store: MongoStore, bus: LogBus) -> None:
    seen: list[str | None] = []

    await consumer_of(mongo_store, bus, seen=seen).receive(fact("a", 1))

    assert (seen[0] or "").startswith("00-")


def test_a_mail_is_told_by_its_kind_in_the_trace_that_queued_it(peer: OtlpPeer, telemetry: Telemetry) -> None:
    with sending("refund", "ntf_1", 2, FROM_ROUTER):
        assert current().log_fields["notification"] == "ntf_1"
    telemetry.close()

    mail = only(peer.spans)
    assert (mail.name, mail.trace, mail.parent) == ("send mail", TRACE, "b7ad6b7169203331")
    assert mail.attributes == {"bmc.mail.kind": "refund", "bmc.attempt": 2}
