"""Persisted operations: remembered as they come, or only those of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from router.config import PersistedConfig, RouterConfig
from router.errors import ConfigError, OperationError
from router.server.graphql_request import GraphQLRequest
from router.server.persisted import PersistedOperations, read_operations, sha256

from .clients import WebSocketClient, exchange, post
from .federation import Federation

TEXT = "{ users { name } }"
HASH = hashlib.sha256(TEXT.encode()).hexdigest()
NAMES = {"data": {"users": [{"name": "Ada"}, {"name": "Grace"}]}}


def by_hash(digest: Any = HASH, version: int = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


def automatic(**settings: Any) -> Federation:
    return Federation(RouterConfig(persisted=PersistedConfig(automatic=True, **settings)))


def listed(tmp_path: Path) -> Federation:
    path = tmp_path / "operations.json"
    path.write_bytes(orjson.dumps({HASH: TEXT}))
    return Federation(RouterConfig(persisted=PersistedConfig(automatic=True, allow_list=path)))


async def test_an_unknown_hash_is_not_found_until_the_text_has_come_with_it() -> None:
    federation = automatic()

    unknown = await post(federation.app, None, extensions=by_hash())
    assert federation.accounts.queries == []
    both = await post(federation.app, TEXT, extensions=by_hash())
    known = await post(federation.app, None, extensions=by_hash())
    parameters = "extensions=" + quote(orjson.dumps(by_hash()))
    by_get = await exchange(federation.app, "GET", "/graphql", query=parameters)

    assert unknown.json["errors"] == [
        {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    ]
    assert both.json == known.json == by_get.json == NAMES


async def test_a_hash_over_websocket_finds_what_http_brought() -> None:
    federation = automatic()
    await post(federation.app, TEXT, extensions=by_hash())

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        client.say({"type": "subscribe", "id": "1", "payload": {"extensions": by_hash()}})
        message = await client.hear()

    assert message["payload"] == NAMES


@pytest.mark.parametrize("extensions", [by_hash("0" * 64), by_hash(5), by_hash(version=2), {"persistedQuery": []}])
async def test_a_text_under_a_wrong_hash_is_neither_run_nor_remembered(extensions: dict[str, Any]) -> None:
    federation = automatic()

    answer = await post(federation.app, TEXT, extensions=extensions)
    after = await post(federation.app, None, extensions=by_hash("0" * 64))

    assert answer.json["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert after.json["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert federation.accounts.queries == []


async def test_only_so_many_operations_are_remembered_the_latest_used() -> None:
    federation = automatic(remembered=1)
    other = "{ users { id } }"

    await post(federation.app, TEXT, extensions=by_hash())
    await post(federation.app, other, extensions=by_hash(hashlib.sha256(other.encode()).hexdigest()))
    forgotten = await post(federation.app, None, extensions=by_hash())

    assert forgotten.json["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_persisted_operations_are_off_unless_they_are_set() -> None:
    federation = Federation()

    with_text = await post(federation.app, TEXT, extensions=by_hash())
    without = await post(federation.app, None, extensions=by_hash())

    assert with_text.json == NAMES
    assert without.json["errors"] == [
        {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
    ]


async def test_with_a_list_only_what_is_listed_runs(tmp_path: Path) -> None:
    federation = listed(tmp_path)
    other = "{ headers }"
    others = by_hash(hashlib.sha256(other.encode()).hexdigest())

    refused = [
        await post(federation.app, other),
        await post(federation.app, other, extensions=others),
        await post(federation.app, other, extensions=by_hash()),
        await post(federation.app, None, extensions=others),
    ]
    assert federation.accounts.queries == []
    allowed = [await post(federation.app, TEXT), await post(federation.app, None, extensions=by_hash())]

    codes = {answer.json["errors"][0]["extensions"]["code"] for answer in refused}
    assert codes == {"PERSISTED_QUERY_NOT_ALLOWED"}
    assert [answer.json for answer in allowed] == [NAMES, NAMES]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "operations.json: "),
        (b"[]", "must be an object"),
        (b'{"00": "{ a }"}', "00 is not the SHA-256"),
        (b'{"00": 5}', "00 is not the SHA-256"),
    ],
)
def test_a_wrong_list_stops_the_start(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "operations.json"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=message):
        read_operations(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        read_operations(tmp_path / "nowhere.json")


def remembering(count: int) -> PersistedOperations:
    return PersistedOperations(PersistedConfig(automatic=True, remembered=count))


def named(text: str, *, by_hash_alone: bool = False) -> GraphQLRequest:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}
    return GraphQLRequest(None if by_hash_alone else text, None, {}, extensions)


def are_known(operations: PersistedOperations, *texts: str) -> list[bool]:
    known: list[bool] = []
    for text in texts:
        try:
            known.append(operations.resolve(named(text, by_hash_alone=True)) == text)
        except OperationError:
            known.append(False)
    return known


def test_as_many_are_remembered_as_were_set_and_what_was_asked_for_last_the_longest() -> None:
    operations = remembering(2)
    for text in ("a", "b"):
        operations.resolve(named(text))
    assert are_known(operations, "b", "a") == [True, True]

    operations.resolve(named("c"))

    assert are_known(operations, "a", "b", "c") == [True, False, True]


def test_long_texts_do_not_fill_the_memory_however_many_may_be_remembered() -> None:
    operations = remembering(1000)
    texts = [str(number) * 1_000_000 for number in range(10)]
    for text in texts:
        operations.resolve(named(text))
    assert are_known(operations, *texts) == [True] * 10

    operations.resolve(named("x"))
    operations.resolve(named("y"))

    assert are_known(operations, *texts) == [False] + [True] * 9
