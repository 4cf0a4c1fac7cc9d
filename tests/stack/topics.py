"""What is on the distributed system's Kafka: every record, and how far the consumers have come."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.events.kafka_publisher import Publisher, Record
from shared.events.kafka_url import read_url

LETTERS = "bmc.dead-letters"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster by its URL, which is that of the bus."""

    url: str

    async def everything(self) -> list[Record]:
        """Answer every record of every topic but the dead letters', each partition's in order."""
        async with self._admin() as admin:
            topics = [one for one in await admin.describe_topics() if one["topic"].startswith("bmc.")]
        partitions = [
            TopicPartition(topic["topic"], one["partition"])
            for topic in topics
            if topic["topic"] != LETTERS
            for one in topic["partitions"]
        ]
        async with self._reader() as reader:
            ends = await reader.end_offsets(partitions)
            reader.assign(partitions)
            await reader.seek_to_beginning(*partitions)
            found: list[Record] = []
            while len(found) < sum(ends.values()):
                for records in (await reader.getmany(timeout_ms=1_000)).values():
                    found += [Record(one.topic, one.key.decode(), one.value) for one in records]
        return found

    async def send(self, records: list[Record]) -> None:
        """Publish records as they are."""
        publisher = Publisher(read_url(self.url))
        await publisher.send(records)
        await publisher.close()

    async def is_caught_up(self) -> bool:
        """Tell whether every group has done with all that is there."""
        async with self._admin() as admin:
            groups = [group for group, _ in await admin.list_consumer_groups()]
            committed = [await admin.list_consumer_group_offsets(group) for group in groups]
        async with self._reader() as reader:
            ends = await reader.end_offsets({partition for offsets in committed for partition in offsets})
        return all(at.offset >= ends[partition] for offsets in committed for partition, at in offsets.items())

    @contextlib.asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**read_url(self.url).connection)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    @contextlib.asynccontextmanager
    async def _reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        reader = AIOKafkaConsumer(**read_url(self.url).connection)
        await reader.start()
        try:
            yield reader
        finally:
            await reader.stop()
