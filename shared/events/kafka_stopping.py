"""Stopping of aiokafka's consumers, whether or not the cluster is there."""

import asyncio
from typing import Any


async def stop(consumer: Any) -> None:
    """Stop a consumer and close its connections.

    aiokafka cancels its fetches and awaits them. One that pauses after a failure, as all do while the cluster is away,
    ends by that, and the CancelledError comes out of `AIOKafkaConsumer.stop` before any connection is closed. Whoever
    stops would seem to have been cancelled, and a loop that consumes would end for good without a word.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        await consumer._client.close()  # noqa: SLF001  `stop` does nothing the second time.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
