"""Compression between the router and subgraphs that are far away; on one network it costs more than it saves.

A compressed answer is held to the same limit as any, by its size when it is whole again.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Awaitable, Collection
from typing import Any

from router.errors import TransportError
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 1
_WORTH_IT = 2048


class CompressingTransport:
    """Wraps another transport: asks `answers` for gzip, and sends gzip to `requests` where a body is not small."""

    def __init__(
        self, inner: Transport, *, answers: Collection[str], requests: Collection[str], max_response_bytes: int
    ) -> None:
        self._inner = inner
        self._answers = frozenset(answers)
        self._requests = frozenset(requests)
        self._max = max_response_bytes

    def send(self, request: SubgraphRequest) -> Awaitable[SubgraphResponse]:
        if request.subgraph in self._requests and len(request.body) >= _WORTH_IT:
            headers = (*request.headers, ("content-encoding", "gzip"))
            request = request._replace(body=_compress(request.body), headers=headers)
        if request.subgraph not in self._answers:
            return self._inner.send(request)
        asking = request._replace(headers=(*request.headers, ("accept-encoding", "gzip")))
        return self._read(self._inner.send(asking))

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        return self._inner.subscribe(request)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._inner.request(request)

    async def close(self) -> None:
        await self._inner.close()

    async def _read(self, answer: Awaitable[SubgraphResponse]) -> SubgraphResponse:
        response = await answer
        if response.headers.get("content-encoding", "identity").lower() == "identity":
            return response
        return response._replace(body=self._decompress(response.body))

    def _decompress(self, body: bytes) -> bytes:
        stream = zlib.decompressobj(_GZIP)
        try:
            whole = stream.decompress(body, self._max + 1)
        except zlib.error:
            raise TransportError("answered in an encoding that is not gzip") from None
        if len(whole) > self._max:
            raise TransportError(f"answered more than {self._max} bytes")
        if not stream.eof:
            raise TransportError("answered half of its gzip")
        return whole


def _compress(body: bytes) -> bytes:
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return stream.compress(body) + stream.flush()
