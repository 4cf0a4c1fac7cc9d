"""When calls of other subgraphs are tried again, and when a circuit opens and closes."""

import asyncio
from datetime import timedelta

import pytest

from shared.clients.breaker import Circuit
from shared.clients.graphql_calls import AnsweredWithErrors, CallRules
from shared.clients.retrying import Backoff
from shared.clients.transport import ConnectFailed, HttpAnswer, NoAnswer
from shared.errors import SubgraphUnavailable
from tests.shared.clients.peer import Client, Reaction, ScriptedHttp, doctors, json_answer

MUTATION = "mutation($key:String!){createAccount(key:$key){id}}"
CREATED = json_answer({"data": {"createAccount": {"id": "acc_1"}}})
FAILURES: list[Reaction] = [
    ConnectFailed("down"),
    NoAnswer("slow"),
    json_answer({}, 503),
    HttpAnswer(200, {}, b"<html>"),
    json_answer([]),
    json_answer({"data": None}),
]
ANSWERS: list[Reaction] = [
    json_answer({"errors": [{"extensions": {"code": "BAD_USER_INPUT"}}]}),
    json_answer({"errors": [{"extensions": {"code": "BAD_USER_INPUT"}}]}, 400),
    json_answer({}, 401),
    HttpAnswer(404, {}, b"<html>"),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_query_is_tried_again_after_longer_and_longer_pauses(failure: Reaction) -> None:
    client = Client(ScriptedHttp(failure, failure, doctors))

    assert await client.ask("doc_1") == [{"id": "doc_1", "languages": ["en"]}]
    assert client.pauses == [0.05, 0.1]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_query_is_given_up_after_three_tries(failure: Reaction) -> None:
    client = Client(ScriptedHttp(failure))

    with pytest.raises(SubgraphUnavailable):
        await client.ask("doc_1")

    assert len(client.http.asked) == 3


@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_answer_with_errors_is_not_asked_for_again_and_opens_no_circuit(answer: Reaction) -> None:
    client = Client(ScriptedHttp(answer))

    for _ in range(9):
        with pytest.raises(AnsweredWithErrors):
            await client.ask("doc_1")

    assert (len(client.http.asked), client.pauses) == (9, [])
    assert client.entities.circuit("doctors") is Circuit.CLOSED


async def test_a_mutation_answers_its_data() -> None:
    client = Client(ScriptedHttp(CREATED))

    assert await client.entities.mutate("doctors", MUTATION, {"key": "k1"}) == {"createAccount": {"id": "acc_1"}}
    assert client.http.asked[0].json == {"query": MUTATION, "variables": {"key": "k1"}}


async def test_a_mutation_that_never_reached_its_subgraph_is_tried_again() -> None:
    client = Client(ScriptedHttp(ConnectFailed("down"), CREATED))

    assert await client.entities.mutate("doctors", MUTATION, {"key": "k1"}) == {"createAccount": {"id": "acc_1"}}


@pytest.mark.parametrize("failure", FAILURES[1:])
async def test_a_mutation_that_may_have_had_its_effect_is_not_tried_again(failure: Reaction) -> None:
    client = Client(ScriptedHttp(failure, CREATED))

    with pytest.raises(SubgraphUnavailable):
        await client.entities.mutate("doctors", MUTATION, {"key": "k1"})

    assert len(client.http.asked) == 1


async def test_each_try_carries_the_token_of_its_moment() -> None:
    client = Client(ScriptedHttp(NoAnswer("slow"), doctors), tokens=["old", "new"])

    await client.ask("doc_1")

    assert [asked.headers["authorization"] for asked in client.http.asked] == ["Bearer old", "Bearer new"]


async def opened_circuit(*script: Reaction) -> Client:
    rules = CallRules(backoff=Backoff(attempts=1))
    client = Client(ScriptedHttp(*[NoAnswer("slow")] * 5, *script), rules=rules)
    for _ in range(5):
        with pytest.raises(SubgraphUnavailable):
            await client.ask("doc_1")
    return client


async def test_after_five_failures_in_a_row_a_subgraph_is_left_alone() -> None:
    client = await opened_circuit(doctors)

    with pytest.raises(SubgraphUnavailable, match="left alone"):
        await client.ask("doc_1")

    assert client.entities.circuit("doctors") is Circuit.OPEN
    assert len(client.http.asked) == 5


async def test_an_open_circuit_ends_the_tries_of_a_call_under_way() -> None:
    client = Client(ScriptedHttp(NoAnswer("slow")), rules=CallRules(backoff=Backoff(attempts=9)))

    with pytest.raises(SubgraphUnavailable, match="left alone"):
        await client.ask("doc_1")

    assert len(client.http.asked) == 5


async def test_a_success_between_failures_keeps_a_circuit_closed() -> None:
    slow = NoAnswer("slow")
    client = Client(ScriptedHttp(slow, slow, doctors, slow, slow, doctors, slow, slow, doctors))
    for _ in range(3):
        await client.ask("doc_1", fresh=True)

    assert client.entities.circuit("doctors") is Circuit.CLOSED


async def test_after_its_delay_an_open_circuit_lets_one_call_try_and_closes_if_it_succeeds() -> None:
    client = await opened_circuit(doctors)
    client.clock.advance(timedelta(seconds=10))
    assert client.entities.circuit("doctors") is Circuit.HALF_OPEN
    client.http.gate.clear()
    probe = asyncio.create_task(client.ask("doc_1"))
    await client.http.hears(6)

    with pytest.raises(SubgraphUnavailable, match="left alone"):
        await client.ask("doc_2")
    client.http.gate.set()

    assert await probe == [{"id": "doc_1", "languages": ["en"]}]
    assert client.entities.circuit("doctors") is Circuit.CLOSED
    assert await client.ask("doc_2") == [{"id": "doc_2", "languages": ["en"]}]


async def test_a_probe_that_fails_opens_the_circuit_anew() -> None:
    client = await opened_circuit(NoAnswer("slow"), doctors)
    client.clock.advance(timedelta(seconds=10))
    with pytest.raises(SubgraphUnavailable):
        await client.ask("doc_1")
    client.clock.advance(timedelta(seconds=9))

    assert client.entities.circuit("doctors") is Circuit.OPEN
    client.clock.advance(timedelta(seconds=1))
    assert await client.ask("doc_1") == [{"id": "doc_1", "languages": ["en"]}]


async def test_a_probe_that_is_cancelled_gives_its_place_back() -> None:
    client = await opened_circuit(doctors)
    client.clock.advance(timedelta(seconds=10))
    client.http.gate.clear()
    probe = asyncio.create_task(client.entities.mutate("doctors", MUTATION, {}))
    await client.http.hears(6)
    probe.cancel()
    await asyncio.wait([probe])
    client.http.gate.set()

    assert await client.ask("doc_1") == [{"id": "doc_1", "languages": ["en"]}]


async def test_a_subgraph_without_a_url_is_a_mistake_of_ours() -> None:
    client = Client(ScriptedHttp(doctors))

    with pytest.raises(AssertionError, match="no URL"):
        await client.entities.entities("dentists", "Dentist", ["den_1"], "id")


async def test_pauses_are_a_random_share_of_a_ceiling_that_doubles_up_to_a_limit() -> None:
    backoff = Backoff(first=0.1, ceiling=0.5, share=lambda: 0.5)

    assert [backoff.seconds_after(n) for n in (1, 2, 3, 4, 9)] == [0.05, 0.1, 0.2, 0.25, 0.25]
