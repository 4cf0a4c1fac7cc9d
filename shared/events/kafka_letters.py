"""Dead letters in a compacted topic: the last word on each id counts, and an empty one means that it was discarded."""

import asyncio
from datetime import datetime
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer

from shared.events.bus import DeadLetter
from shared.events.envelope import from_json, to_json
from shared.events.kafka_publisher import Publisher, Record
from shared.events.kafka_stopping import stop
from shared.events.kafka_topics import Topics
from shared.events.kafka_url import KafkaUrl

_READ_SECONDS: Final = 60.0
_POLL_MILLISECONDS: Final = 200


class Letters:
    """The dead letters of one platform."""

    def __init__(self, url: KafkaUrl, topics: Topics, publisher: Publisher) -> None:
        self._url = url
        self._topics = topics
        self._publisher = publisher

    async def keep(self, letter: DeadLetter) -> None:
        """Keep a letter; one that is kept already is replaced."""
        body = {
            "id": letter.id,
            "group": letter.group,
            "error": letter.error,
            "at": letter.at,
            "event": orjson.Fragment(to_json(letter.event)),
        }
        await self._write(letter.id, orjson.dumps(body))

    async def discard(self, letter_id: str) -> None:
        """Forget a letter."""
        await self._write(letter_id, None)

    async def all(self) -> list[DeadLetter]:
        """Read all letters there are now, oldest first. Raises TimeoutError if the cluster does not answer."""
        found: dict[bytes, bytes | None] = {}
        consumer = AIOKafkaConsumer(**self._url.connection, enable_auto_commit=False)
        try:
            async with asyncio.timeout(_READ_SECONDS):
                (partition,) = await self._topics.partitions([self._topics.of_letters])
                await consumer.start()
                consumer.assign([partition])
                (end,) = (await consumer.end_offsets([partition])).values()
                # aiokafka's `seek_to_beginning` loses to its own look-up of where a new consumer begins.
                consumer.seek(partition, *(await consumer.beginning_offsets([partition])).values())
                while await consumer.position(partition) < end:
                    for records in (await consumer.getmany(timeout_ms=_POLL_MILLISECONDS)).values():
                        found.update((record.key, record.value) for record in records)
        finally:
            await stop(consumer)
        letters = [_read(value) for value in found.values() if value is not None]
        return sorted(letters, key=lambda letter: (letter.at, letter.id))

    async def _write(self, letter_id: str, value: bytes | None) -> None:
        await self._topics.make([self._topics.of_letters])
        await self._publisher.send([Record(self._topics.of_letters, letter_id, value)])


def _read(value: bytes) -> DeadLetter:
    body: dict[str, Any] = orjson.loads(value)
    return DeadLetter(
        id=body["id"],
        group=body["group"],
        event=from_json(orjson.dumps(body["event"])),
        error=body["error"],
        at=datetime.fromisoformat(body["at"]),
    )
