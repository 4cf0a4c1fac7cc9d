"""A follower of Kafka's topics: every partition, from its end, without a group."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.kafka_records import events_of
from shared.events.kafka_stopping import stop
from shared.events.kafka_url import KafkaUrl
from shared.events.log_file import Entry
from shared.events.log_followers import Follower

_logger = logging.getLogger(__name__)

_POLL_MILLISECONDS: Final = 1_000


async def open_at_end(url: KafkaUrl, partitions: list[TopicPartition]) -> Any:
    """Answer a consumer that will read what comes to these partitions from now on."""
    consumer = AIOKafkaConsumer(**url.connection, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        for partition, end in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, end)
    except BaseException:
        await stop(consumer)
        raise
    return consumer


async def feed(consumer: Any, follower: Follower) -> None:
    """Hand what comes to the follower until either ends; the follower is ended then, and the consumer stopped.

    A follower is ended as well when its topics have got more partitions, which it does not see: who wants to go on
    follows anew.
    """
    partitions = consumer.assignment()
    try:
        while not follower.ended and _number_of_all(consumer, partitions) <= len(partitions):
            for records in (await consumer.getmany(timeout_ms=_POLL_MILLISECONDS)).values():
                for offset, event in events_of(records):
                    follower.put(Entry(offset + 1, event))
        _logger.warning("a follower of %s fell behind or has new partitions, and was ended", sorted(follower.topics))
    except KafkaError as error:
        _logger.warning("a follower of %s was ended: %r", sorted(follower.topics), error)
    finally:
        follower.put(None)
        await stop(consumer)


def _number_of_all(consumer: Any, partitions: Iterable[TopicPartition]) -> int:
    topics = {partition.topic for partition in partitions}
    return sum(len(consumer.partitions_for_topic(topic) or ()) for topic in topics)
