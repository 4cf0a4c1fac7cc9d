"""Topics on a real cluster: made by whoever comes first, with settings that keep events long enough, and no longer."""

import asyncio
import os
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError

from shared.events.bus import DeadLetter
from shared.events.kafka import KafkaBus
from shared.events.kafka_url import KafkaUrl, read_url
from shared.ids import new_id
from tests.shared.events.events import NOON, fact

pytestmark = pytest.mark.skipif("KAFKA_URL" not in os.environ, reason="KAFKA_URL names no cluster")


@pytest.fixture
def url() -> str:
    return f"{os.environ['KAFKA_URL']}?prefix={new_id('t')}.&partitions=5"


async def settings_of(url: KafkaUrl, topic: str) -> tuple[int, dict[str, str]]:
    """Answer a topic's partitions and settings."""
    administrator = AIOKafkaAdminClient(**url.connection)
    await administrator.start()
    (described,) = await administrator.describe_topics([url.named(topic)])
    answers: list[Any] = await administrator.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, url.named(topic))]
    )
    await administrator.close()
    ((_, _, _, _, settings),) = answers[0].resources
    return len(described["partitions"]), {name: value for name, value, *_ in settings}


async def test_many_processes_make_the_same_topics_at_once(url: str) -> None:
    buses = [await KafkaBus.open(url) for _ in range(5)]
    letter = DeadLetter(id="1", group="readers", event=fact("a", 1), error="E", at=NOON)

    await asyncio.gather(
        *(bus.publish([fact("a", n), fact("b", n, type_="other.happened")]) for n, bus in enumerate(buses))
    )
    await asyncio.gather(*(bus.set_aside(letter) for bus in buses))
    for bus in buses:
        await bus.close()

    partitions, settings = await settings_of(read_url(url), "counter")
    assert partitions == 5
    assert settings["cleanup.policy"] == "delete"
    assert settings["retention.ms"] == str(28 * 24 * 60 * 60 * 1000)
    assert settings["segment.ms"] == str(24 * 60 * 60 * 1000)
    assert settings["message.timestamp.type"] == "LogAppendTime"
    partitions, settings = await settings_of(read_url(url), "dead-letters")
    assert partitions == 1
    assert settings["cleanup.policy"] == "compact"


async def test_more_replicas_than_brokers_are_refused_by_the_cluster(url: str) -> None:
    bus = await KafkaBus.open(f"{url}&replicas=3")

    with pytest.raises(InvalidReplicationFactorError):
        await bus.publish([fact("a", 1)])
    await bus.close()
