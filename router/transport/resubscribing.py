"""Subscriptions that outlive their connection: one that is lost is made again, a few times, with growing pauses.

What happened meanwhile is missed, as it is by any client that reconnects. A subgraph that refuses is not asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from router.errors import TransportError
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport


class SubscriptionRefused(TransportError):
    """The subgraph does not want this subscription; asking again would not help."""


class ResubscribingTransport:
    """Wraps another transport; pauses are `first_pause` seconds, doubled each time, `attempts` in a row at most."""

    def __init__(self, inner: Transport, attempts: int, first_pause: float) -> None:
        self._inner = inner
        self._attempts = attempts
        self._first_pause = first_pause
        self.send = inner.send  # Nothing stands between where there is nothing to add.

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[dict[str, Any], None]:
        lost = 0
        while True:
            try:
                async with aclosing(closable(self._inner.subscribe(request))) as events:
                    async for event in events:
                        lost = 0
                        yield event
            except SubscriptionRefused:
                raise
            except TransportError:
                lost += 1
                if lost > self._attempts:
                    raise
            else:
                return
            await asyncio.sleep(self._first_pause * 2 ** (lost - 1))

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._inner.request(request)

    async def close(self) -> None:
        await self._inner.close()


async def closable(events: AsyncIterator[dict[str, Any]]) -> AsyncGenerator[dict[str, Any], None]:
    """Make a generator of any iterator; closing it closes the iterator, if that can be closed."""
    try:
        async for event in events:
            yield event
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()
