"""The other subgraphs, stood in for: an Http port that answers entities and mutations from what a test put there.

Whatever else is fetched is one of its `pages`, by its whole address.

It speaks the federation protocol, so the entity client under test is the real one.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from shared.clients.transport import HttpAnswer, NoAnswer

Answer = Callable[[dict[str, Any]], Any]


class Peers:
    """`entities["Doctor"]["doc_1"]` is what `_entities` finds; `mutations["createAccount"]` answers from variables."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, dict[str, Any]]] = {}
        self.mutations: dict[str, Answer] = {}
        self.pages: dict[str, HttpAnswer] = {}
        self.fetched: list[str] = []
        self.down: set[str] = set()
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def knows(self, typename: str, entity_id: str, **fields: Any) -> None:
        """Put an entity there, or change its fields."""
        self.entities.setdefault(typename, {}).setdefault(entity_id, {}).update(fields)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109  The port's signature.
    ) -> HttpAnswer:
        subgraph = urlsplit(url).hostname
        if subgraph in self.down:
            raise NoAnswer(f"{subgraph} is down")
        if method == "GET":
            self.fetched.append(url)
            return self.pages.get(url, HttpAnswer(404, {}, b""))
        asked = orjson.loads(body or b"{}")
        self.asked.append((subgraph or url, asked["query"], asked.get("variables") or {}))
        return HttpAnswer(200, {"content-type": "application/json"}, orjson.dumps({"data": self._answer(asked)}))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        variables = asked.get("variables") or {}
        if "_entities" in asked["query"]:
            return {"_entities": [self._entity(one) for one in variables["representations"]]}
        name = re.search(r"\{\s*(\w+)", asked["query"])
        assert name is not None, f"no mutation in {asked['query']}"
        return {name[1]: self.mutations[name[1]](variables)}

    def _entity(self, representation: dict[str, Any]) -> dict[str, Any] | None:
        return self.entities.get(representation["__typename"], {}).get(representation["id"])
