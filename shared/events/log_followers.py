"""Followers of the embedded log: each has a queue, and is ended rather than waited for when it falls far behind."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from shared.events.envelope import Event
from shared.events.log_file import Entry

_logger = logging.getLogger(__name__)

_QUEUE = 1_000


class Follower:
    """One follower; `after` is the last position before it began to follow."""

    def __init__(self, topics: Sequence[str]) -> None:
        self.topics = frozenset(topics)
        self.after = 0
        self.ended = False
        self._queue: asyncio.Queue[Entry | None] = asyncio.Queue(_QUEUE)

    def put(self, entry: Entry | None) -> None:
        """Queue an entry, or the end."""
        if self.ended:
            return
        try:
            self._queue.put_nowait(entry)
        except asyncio.QueueFull:
            # It reads what it has, then ends; a full queue means that it is not waiting for more.
            self.ended = True

    async def events(self) -> AsyncIterator[Event]:
        """Yield what comes."""
        while not (self.ended and self._queue.empty()):
            entry = await self._queue.get()
            if entry is None:
                return
            if entry.position > self.after:
                yield entry.event


class Followers:
    """All followers of a log."""

    def __init__(self) -> None:
        self._followers: set[Follower] = set()

    @property
    def topics(self) -> list[str]:
        """The topics that anybody follows."""
        return sorted({topic for follower in self._followers for topic in follower.topics})

    @contextmanager
    def added(self, topics: Sequence[str]) -> Iterator[Follower]:
        """Follow during the block."""
        follower = Follower(topics)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def feed(self, entries: Sequence[Entry]) -> None:
        """Give each entry to those who follow its topic."""
        for follower in list(self._followers):
            for entry in entries:
                if entry.event.topic in follower.topics:
                    follower.put(entry)
            if follower.ended:
                _logger.warning("a follower of %s fell behind and was ended", sorted(follower.topics))
                self._followers.discard(follower)

    def end(self) -> None:
        """End every follower."""
        for follower in self._followers:
            follower.put(None)
