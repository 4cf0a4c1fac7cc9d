"""The entity client: a subgraph asks another one about its entities, over the federation protocol itself.

Asking through `_entities` keeps the subgraphs' schemas the only seam between them: whoever can be composed can be
asked, and nothing needs a private API. Reads are batched (those asked in one turn of the event loop for the same type
and fields go as one request), cached for a short while, and tried again; writes go through `mutate`.

The owner's events invalidate the cache. Every process has its own, so every process must hear them: call `invalidate`
from `Bus.follow`, not from a consumer group, in which only one process gets each event.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from shared.clients.breaker import Circuit
from shared.clients.entity_cache import EntityCache, EntityKey
from shared.clients.graphql_calls import CallRules, GraphqlCalls
from shared.clients.retrying import Pause, pause
from shared.clients.transport import Http
from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.telemetry import span

Entity = dict[str, Any]
"""What was selected of one entity, as JSON."""

IDS_A_REQUEST = 100
"""More ids than this go as several requests, so that no subgraph's limit on representations is met."""

MISSING = orjson.dumps(None)


class Selection(NamedTuple):
    """What is asked of each entity, and of whom."""

    subgraph: str
    typename: str
    fields: str

    @property
    def document(self) -> str:
        """The query that asks it."""
        return (
            "query($representations:[_Any!]!){_entities(representations:$representations)"
            f"{{... on {self.typename}{{{self.fields}}}}}}}"
        )


@dataclass(eq=False, slots=True)
class Batch:
    """Ids asked for in one turn of the event loop (a dict, as an ordered set), and the one task that fetches them."""

    ids: dict[str, None] = field(default_factory=dict)
    fetch: asyncio.Task[dict[str, bytes]] | None = None


class EntityClient:
    """Asks subgraphs by name; `token` answers the service token to ask with.

    Errors are `SubgraphUnavailable`, or its subclass `AnsweredWithErrors`.
    """

    def __init__(
        self,
        http: Http,
        urls: Mapping[str, str],
        token: Callable[[], Awaitable[str]],
        clock: Clock,
        *,
        rules: CallRules | None = None,
        cache_for: timedelta = timedelta(seconds=30),
        cache_size: int = 10_000,
        pause: Pause = pause,
    ) -> None:
        self._calls = GraphqlCalls(http, urls, token, clock, rules=rules or CallRules(), pause=pause)
        self._cache = EntityCache(clock, ttl=cache_for, size=cache_size)
        self._gathering: dict[Selection, Batch] = {}

    async def entities(
        self, subgraph: str, typename: str, ids: Sequence[str], fields: str, *, fresh: bool = False
    ) -> list[Entity | None]:
        """Answer the entities in the order of `ids`, None for those that do not exist (or may not be seen).

        `fields` is the text of a GraphQL selection without braces, e.g. `"id status fee { amount currency }"`: part of
        the program, never of anybody's input. `fresh` asks the owner whatever is cached; nulls are never cached.
        """
        selection = Selection(subgraph, typename, fields)
        found: dict[str, bytes] = {}
        if not fresh:
            for entity_id in ids:
                cached = self._cache.get(EntityKey(subgraph, typename, entity_id, fields))
                if cached is not None:
                    found[entity_id] = cached
        missing = [entity_id for entity_id in ids if entity_id not in found]
        if missing:
            found |= await self._join(selection, missing)
        return [orjson.loads(found[entity_id]) for entity_id in ids]

    async def entity(
        self, subgraph: str, typename: str, entity_id: str, fields: str, *, fresh: bool = False
    ) -> Entity | None:
        """Answer one entity, as `entities` does."""
        (entity,) = await self.entities(subgraph, typename, [entity_id], fields, fresh=fresh)
        return entity

    async def mutate(self, subgraph: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Run an @inaccessible mutation, which must be idempotent by a key among its variables; answer its `data`.

        It is tried again only if it never reached its subgraph. After any other failure it may have had its effect, and
        it is the caller, or the retry of the whole message, who asks anew with the same key.
        """
        with span(f"mutate {subgraph}", "client", {"bmc.peer": subgraph}):
            return await self._calls.data(subgraph, document, variables, repeatable=False)

    def invalidate(self, typename: str, id: str) -> None:
        """Forget what is cached of an entity: its owner said that it changed."""
        self._cache.invalidate(typename, id)

    def circuit(self, subgraph: str) -> Circuit:
        """Tell the state of a subgraph's circuit, for health pages and metrics."""
        return self._calls.circuit(subgraph)

    async def _join(self, selection: Selection, ids: Sequence[str]) -> dict[str, bytes]:
        batch = self._gathering.setdefault(selection, Batch())
        batch.ids.update(dict.fromkeys(ids))
        if batch.fetch is None:
            batch.fetch = asyncio.create_task(self._fetch(selection, batch))
        # Shielded: a caller that is cancelled must not take the others' answer away.
        return await asyncio.shield(batch.fetch)

    async def _fetch(self, selection: Selection, batch: Batch) -> dict[str, bytes]:
        # A new task first runs after everything that is ready now: those have joined. From here on a new batch gathers.
        del self._gathering[selection]
        ids = list(batch.ids)
        parts = [ids[start : start + IDS_A_REQUEST] for start in range(0, len(ids), IDS_A_REQUEST)]
        answers = await asyncio.gather(*(self._ask(selection, part) for part in parts))
        return {entity_id: entity for answer in answers for entity_id, entity in answer.items()}

    async def _ask(self, selection: Selection, ids: list[str]) -> dict[str, bytes]:
        subgraph, typename, fields = selection
        representations = [{"__typename": typename, "id": entity_id} for entity_id in ids]
        asked: dict[str, str | int] = {
            "bmc.peer": subgraph,
            "bmc.entities.type": typename,
            "bmc.entities.count": len(ids),
        }
        with span(f"ask {subgraph}", "client", asked), self._cache.fetching() as fetch:
            data = await self._calls.data(
                subgraph, selection.document, {"representations": representations}, repeatable=True
            )
            match data.get("_entities"):
                case [*entities] if len(entities) == len(ids) and all(_is_entity(entity) for entity in entities):
                    answer = {entity_id: orjson.dumps(entity) for entity_id, entity in zip(ids, entities, strict=True)}
                case _:
                    raise SubgraphUnavailable(f"The subgraph {subgraph} answered other entities than asked for.")
            for entity_id, entity in answer.items():
                if entity != MISSING:
                    self._cache.keep(EntityKey(subgraph, typename, entity_id, fields), entity, fetch)
        return answer


def _is_entity(value: object) -> bool:
    return value is None or isinstance(value, dict)
