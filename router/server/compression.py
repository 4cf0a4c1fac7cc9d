"""Answers compressed by gzip, for clients that take it, where that saves more than it costs."""

from __future__ import annotations

import asyncio
import zlib
from functools import lru_cache

# Fast rather than small: twice the effort saves a tenth of the bytes.
_LEVEL = 1
_GZIP = 16 + zlib.MAX_WBITS
_IN_A_THREAD_FROM = 262_144


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip, by name or by `*`; none allows nothing."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


async def gzip(body: bytes) -> bytes:
    """Compress; large bodies beside the event loop, which must not wait for them."""
    return _compress(body) if len(body) < _IN_A_THREAD_FROM else await asyncio.to_thread(_compress, body)


def _compress(body: bytes) -> bytes:
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return stream.compress(body) + stream.flush()
