"""The entity client: what it asks, what it keeps, what it joins."""

import asyncio
from datetime import timedelta

import pytest

from shared.clients.graphql_calls import AnsweredWithErrors
from shared.errors import SubgraphUnavailable
from tests.shared.clients.peer import URL, Client, ScriptedHttp, doctors, json_answer


async def test_entities_are_asked_over_the_federation_protocol_with_a_service_token() -> None:
    client = Client(ScriptedHttp(doctors))

    answer = await client.ask("doc_1")

    assert answer == [{"id": "doc_1", "languages": ["en"]}]
    (asked,) = client.http.asked
    assert (asked.method, asked.url, asked.timeout) == ("POST", URL, 2.0)
    assert asked.headers["authorization"] == "Bearer token"
    assert asked.json == {
        "query": "query($representations:[_Any!]!){_entities(representations:$representations)"
        "{... on Doctor{id languages}}}",
        "variables": {"representations": [{"__typename": "Doctor", "id": "doc_1"}]},
    }


async def test_entities_come_in_the_order_asked_and_each_is_asked_once() -> None:
    client = Client(ScriptedHttp(doctors))

    answer = await client.ask("doc_2", "missing", "doc_1", "doc_2")

    assert [doctor and doctor["id"] for doctor in answer] == ["doc_2", None, "doc_1", "doc_2"]
    assert [asked.ids for asked in client.http.asked] == [["doc_2", "missing", "doc_1"]]


async def test_one_entity_can_be_asked_alone() -> None:
    client = Client(ScriptedHttp(doctors))

    assert await client.entities.entity("doctors", "Doctor", "doc_1", "id languages") == {
        "id": "doc_1",
        "languages": ["en"],
    }
    assert await client.entities.entity("doctors", "Doctor", "missing", "id languages") is None


async def test_nobody_is_asked_for_nothing() -> None:
    client = Client(ScriptedHttp(doctors))

    assert await client.ask() == []
    assert client.http.asked == []


async def test_what_is_cached_is_not_asked_again_until_its_time_is_over() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("doc_1")
    client.clock.advance(timedelta(seconds=29.999))
    await client.ask("doc_1", "doc_2")
    client.clock.advance(timedelta(milliseconds=1))
    await client.ask("doc_1", "doc_2")

    assert [asked.ids for asked in client.http.asked] == [["doc_1"], ["doc_2"], ["doc_1"]]


async def test_another_selection_is_another_entry() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("doc_1")
    await client.entities.entities("doctors", "Doctor", ["doc_1"], "id")

    assert len(client.http.asked) == 2


async def test_what_does_not_exist_is_not_cached_for_it_may_come_to_be() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("missing")
    await client.ask("missing")

    assert len(client.http.asked) == 2


async def test_what_a_caller_does_with_its_answer_is_its_own_affair() -> None:
    client = Client(ScriptedHttp(doctors))
    for _ in range(3):
        (doctor,) = await client.ask("doc_1")
        assert doctor is not None
        assert doctor["languages"] == ["en"]
        doctor["languages"].append("changed")


async def test_fresh_asks_whatever_is_cached_and_refreshes_the_cache() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("doc_1")
    client.clock.advance(timedelta(seconds=20))
    await client.ask("doc_1", fresh=True)
    client.clock.advance(timedelta(seconds=20))
    await client.ask("doc_1")

    assert len(client.http.asked) == 2


async def test_an_invalidated_entity_is_asked_again_and_only_it() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("doc_1", "doc_2")
    client.entities.invalidate("Doctor", "doc_1")
    client.entities.invalidate("Doctor", "never heard of")
    await client.ask("doc_1", "doc_2")

    assert [asked.ids for asked in client.http.asked] == [["doc_1", "doc_2"], ["doc_1"]]


async def test_an_answer_that_was_invalidated_on_its_way_is_not_cached() -> None:
    client = Client(ScriptedHttp(doctors))
    client.http.gate.clear()
    asking = asyncio.create_task(client.ask("doc_1", "doc_2"))
    await client.http.hears(1)
    client.entities.invalidate("Doctor", "doc_1")
    client.http.gate.set()
    await asking

    await client.ask("doc_1", "doc_2")

    assert [asked.ids for asked in client.http.asked] == [["doc_1", "doc_2"], ["doc_1"]]


async def test_the_cache_stays_within_its_size() -> None:
    client = Client(ScriptedHttp(doctors))
    await client.ask("doc_1", "doc_2", "doc_3", "doc_4")
    await client.ask("doc_2", "doc_3", "doc_4")
    await client.ask("doc_1")

    assert [asked.ids for asked in client.http.asked] == [["doc_1", "doc_2", "doc_3", "doc_4"], ["doc_1"]]


async def test_callers_of_one_turn_share_a_request() -> None:
    client = Client(ScriptedHttp(doctors))

    answers = await asyncio.gather(client.ask("doc_1"), client.ask("doc_2", "doc_1"), client.ask("missing"))

    assert [asked.ids for asked in client.http.asked] == [["doc_1", "doc_2", "missing"]]
    assert [[doctor and doctor["id"] for doctor in answer] for answer in answers] == [
        ["doc_1"],
        ["doc_2", "doc_1"],
        [None],
    ]


async def test_a_caller_that_comes_while_a_request_is_on_its_way_gets_one_of_its_own() -> None:
    client = Client(ScriptedHttp(doctors))
    client.http.gate.clear()
    first = asyncio.create_task(client.ask("doc_1"))
    await client.http.hears(1)
    second = asyncio.create_task(client.ask("doc_1", fresh=True))
    await client.http.hears(2)
    client.http.gate.set()

    assert await first == await second


async def test_a_cancelled_caller_does_not_take_the_others_answer_away() -> None:
    client = Client(ScriptedHttp(doctors))
    client.http.gate.clear()
    first = asyncio.create_task(client.ask("doc_1"))
    second = asyncio.create_task(client.ask("doc_1"))
    await client.http.hears(1)
    first.cancel()
    client.http.gate.set()

    assert await second == [{"id": "doc_1", "languages": ["en"]}]
    assert first.cancelled()


async def test_more_ids_than_a_request_holds_go_as_several() -> None:
    client = Client(ScriptedHttp(doctors))
    ids = [f"doc_{n}" for n in range(250)]

    answer = await client.ask(*ids)

    assert [doctor and doctor["id"] for doctor in answer] == ids
    assert [len(asked.ids) for asked in client.http.asked] == [100, 100, 50]


@pytest.mark.parametrize("entities", [None, {}, [], [{"id": "doc_1"}, None], ["doc_1"]])
async def test_other_entities_than_asked_for_are_no_answer(entities: object) -> None:
    client = Client(ScriptedHttp(json_answer({"data": {"_entities": entities}}), doctors))

    with pytest.raises(SubgraphUnavailable, match="other entities"):
        await client.ask("doc_1")

    assert await client.ask("doc_1") == [{"id": "doc_1", "languages": ["en"]}]


async def test_an_answer_with_errors_is_not_taken_for_a_missing_entity() -> None:
    errors = [{"message": "Asha is not allowed", "extensions": {"code": "FORBIDDEN"}}, {"message": "?"}]
    client = Client(ScriptedHttp(json_answer({"data": {"_entities": [None]}, "errors": errors})))

    with pytest.raises(AnsweredWithErrors) as caught:
        await client.ask("doc_1")

    assert caught.value.codes == ("FORBIDDEN", "UNKNOWN")
    assert "Asha" not in str(caught.value)
    assert len(client.http.asked) == 1
