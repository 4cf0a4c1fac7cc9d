"""The topics on the cluster: made when they are missed, with settings that suit what they hold.

Events stay for 28 days from when the broker took them, so a group that was away (or whose offsets were lost, which a
cluster forgets after a week without members) finds them; and no longer than an inbox remembers (30 days), so that an
event that comes again has no second effect. Segments are closed daily, because only closed ones are deleted.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaTimeoutError, NoError, TopicAlreadyExistsError, for_code

from shared.events.kafka_url import KafkaUrl

_LETTERS: Final = "dead-letters"
_SAFE_REPLICAS: Final = 3
_MADE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.1


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))


_OF_EVENTS: Final = {
    "cleanup.policy": "delete",
    "retention.ms": _milliseconds(timedelta(days=28)),
    "segment.ms": _milliseconds(timedelta(days=1)),
    "message.timestamp.type": "LogAppendTime",
}
_OF_LETTERS: Final = {"cleanup.policy": "compact"}


class Topics:
    """The topics of one platform on a cluster."""

    def __init__(self, url: KafkaUrl) -> None:
        self._url = url
        self._made: set[str] = set()
        self._making = asyncio.Lock()

    @property
    def of_letters(self) -> str:
        """The topic of the dead letters."""
        return self._url.named(_LETTERS)

    def of(self, domains: Iterable[str]) -> list[str]:
        """Answer the topics of these domains of events."""
        return [self._url.named(domain) for domain in domains]

    async def make(self, names: Iterable[str]) -> None:
        """Make those that are missing; others may do so at the same time."""
        if self._made.issuperset(names):
            return
        async with self._making, self._administrator() as administrator:
            there = set(await administrator.list_topics())
            missing = sorted(set(names) - there)
            if missing:
                answer = await administrator.create_topics([self._new(name) for name in missing])
                for name, code, *_ in answer.topic_errors:
                    error = for_code(code)
                    if error not in (NoError, TopicAlreadyExistsError):
                        raise error(name)
        self._made.update(names)

    async def partitions(self, names: Iterable[str]) -> list[TopicPartition]:
        """Make topics as needed and answer all their partitions, once every one of them has a leader."""
        wanted = list(names)
        await self.make(wanted)
        async with self._administrator() as administrator:
            try:
                async with asyncio.timeout(_MADE_SECONDS):
                    while True:
                        described = await administrator.describe_topics(wanted)
                        if all(_is_ready(topic) for topic in described):
                            return [
                                TopicPartition(topic["topic"], partition["partition"])
                                for topic in described
                                for partition in topic["partitions"]
                            ]
                        await asyncio.sleep(_LOOK_SECONDS)
            except TimeoutError as error:
                raise KafkaTimeoutError(f"no leader for each partition of {', '.join(wanted)}") from error

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[Any]:
        administrator = AIOKafkaAdminClient(**self._url.connection)
        try:
            await administrator.start()
            yield administrator
        finally:
            await administrator.close()

    def _new(self, name: str) -> Any:
        settings = dict(_OF_LETTERS if name == self.of_letters else _OF_EVENTS)
        if self._url.replicas is not None and self._url.replicas >= _SAFE_REPLICAS:
            # What a publisher was told is kept is on two brokers at least, and one may be away.
            settings["min.insync.replicas"] = str(self._url.replicas - 1)
        return NewTopic(
            name,
            1 if name == self.of_letters else self._url.partitions,
            self._url.replicas or -1,
            # aiokafka lets the cluster choose the replicas only where it is given an assignment, if an empty one.
            None if self._url.replicas else {},
            settings,
        )


def _is_ready(topic: Mapping[str, Any]) -> bool:
    partitions = topic["partitions"]
    return topic["error_code"] == 0 and bool(partitions) and all(one["error_code"] == 0 for one in partitions)
