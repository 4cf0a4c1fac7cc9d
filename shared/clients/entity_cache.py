"""A bounded in-memory cache of other subgraphs' entities, by (subgraph, type, id, selection).

Entries end by time and by `invalidate`. An answer that was already on its way when its entity was invalidated may be
stale, so whoever fetches says so beforehand (`fetching`), and such an answer is not kept. Values are JSON
bytes: every caller reads an object of its own, at less cost than a deep copy.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.clock import Clock


class EntityKey(NamedTuple):
    """What an entry is found by."""

    subgraph: str
    typename: str
    id: str
    fields: str


@dataclass(slots=True)
class Fetch:
    """One fetch on its way, and the entities that were invalidated meanwhile."""

    outdated: set[tuple[str, str]] = field(default_factory=set)


class EntityCache:
    """Keeps at most `size` entries, the least recently kept leaving first, each for `ttl`."""

    def __init__(self, clock: Clock, *, ttl: timedelta, size: int) -> None:
        self._clock = clock
        self._ttl = ttl
        self._size = size
        self._entries: OrderedDict[EntityKey, tuple[datetime, bytes]] = OrderedDict()
        self._keys: defaultdict[tuple[str, str], set[EntityKey]] = defaultdict(set)
        self._fetches: list[Fetch] = []

    def get(self, key: EntityKey) -> bytes | None:
        """Answer a live entry."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        ends, kept = entry
        if self._clock.now() >= ends:
            self._drop(key)
            return None
        return kept

    @contextmanager
    def fetching(self) -> Iterator[Fetch]:
        """Watch for invalidations while a fetch is on its way."""
        fetch = Fetch()
        self._fetches.append(fetch)
        try:
            yield fetch
        finally:
            # By identity: two fetches without invalidations are equal.
            self._fetches = [other for other in self._fetches if other is not fetch]

    def keep(self, key: EntityKey, entity: bytes, fetch: Fetch) -> None:
        """Keep what `fetch` brought, unless it was invalidated on the way."""
        if (key.typename, key.id) in fetch.outdated:
            return
        self._entries[key] = (self._clock.now() + self._ttl, entity)
        self._entries.move_to_end(key)
        self._keys[key.typename, key.id].add(key)
        while len(self._entries) > self._size:
            self._drop(next(iter(self._entries)))

    def invalidate(self, typename: str, entity_id: str) -> None:
        """Forget every selection of one entity."""
        for key in list(self._keys.get((typename, entity_id), ())):
            self._drop(key)
        for fetch in self._fetches:
            fetch.outdated.add((typename, entity_id))

    def _drop(self, key: EntityKey) -> None:
        del self._entries[key]
        siblings = self._keys[key.typename, key.id]
        siblings.discard(key)
        if not siblings:
            del self._keys[key.typename, key.id]
