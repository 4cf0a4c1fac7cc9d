"""What sends records to the cluster: an idempotent producer, which is replaced when it fails.

The producer repeats what was not acknowledged under the same sequence number, so brokers keep each record once and in
order. If it cannot go on (nobody acknowledged for half a minute, or a broker refused a record) it is thrown away with
what it still holds, and the caller publishes the whole batch again with the next one. A batch that got through in part
is then in the log twice, still in order: the first copy of each record is before the first copy of the next.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from shared.events.kafka_url import KafkaUrl

_SEND_SECONDS: Final = 30.0
_REQUEST_MILLISECONDS: Final = 10_000
_BATCH_BYTES: Final = 262_144


@dataclass(frozen=True, slots=True)
class Record:
    """A record; those of one key are kept in order. No value says that the key's record is gone."""

    topic: str
    key: str
    value: bytes | None


class Publisher:
    """Sends records for many callers at once; connects when the first of them comes."""

    def __init__(self, url: KafkaUrl, *, send_seconds: float = _SEND_SECONDS) -> None:
        self._url = url
        self._send_seconds = send_seconds
        self._producer: Any = None
        self._deadlines: set[asyncio.Timeout] = set()
        self._starting = asyncio.Lock()
        self._closed = False

    async def send(self, records: Sequence[Record]) -> None:
        """Send records; every in-sync replica has them when this returns. Raises KafkaError or TimeoutError."""
        async with asyncio.timeout(self._send_seconds):
            producer = await self._started()
        try:
            async with asyncio.timeout(self._send_seconds) as deadline:
                with self._under_way(deadline):
                    await _deliver(producer, records)
        except Exception:
            await self._replace(producer)
            raise

    async def close(self) -> None:
        """Give up what is not acknowledged, and disconnect."""
        self._closed = True
        await self._replace(self._producer)

    async def _started(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._url.connection,
                    enable_idempotence=True,
                    acks="all",
                    max_batch_size=_BATCH_BYTES,
                    request_timeout_ms=_REQUEST_MILLISECONDS,
                )
                try:
                    await producer.start()
                    if self._closed:
                        raise ProducerClosed
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    @contextmanager
    def _under_way(self, deadline: asyncio.Timeout) -> Iterator[None]:
        self._deadlines.add(deadline)
        try:
            yield
        finally:
            self._deadlines.discard(deadline)

    async def _replace(self, producer: Any) -> None:
        if producer is None or self._producer is not producer:
            return
        self._producer = None
        # aiokafka's `stop` would wait for deliveries for as long as the outage lasts. So what is on the wire comes
        # back, no more is sent, and whoever else waits for this producer has waited long enough.
        await producer._sender.close()  # noqa: SLF001 (there is no public way to stop without delivering)
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(asyncio.get_running_loop().time())
        await producer.client.close()
        producer._closed = True  # noqa: SLF001 (it would complain that it was not stopped)


async def _deliver(producer: Any, records: Sequence[Record]) -> None:
    # With all topics known, nothing below waits before every record is queued: those of a partition go in one batch,
    # which is kept or refused as a whole. Part of it, repeated after the rest got through, would be out of order.
    for topic in {record.topic for record in records}:
        await producer.partitions_for(topic)
    deliveries: list[asyncio.Future[Any]] = []
    try:
        for record in records:
            delivery = await producer.send(record.topic, record.value, record.key.encode())
            deliveries.append(delivery)
        await asyncio.gather(*deliveries)
    finally:
        for delivery in deliveries:
            delivery.cancel()
