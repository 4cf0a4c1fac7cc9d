"""JSON of what clients are told, however deeply it is nested.

orjson writes 254 levels and reads 1,024. A subgraph may well answer so deeply within a JSON scalar, and whoever asked
would wait for ever for an answer that cannot be written. So what orjson refuses is written here, without recursion.
"""

from __future__ import annotations

from typing import Any

import orjson


def write_json(payload: Any) -> bytes:
    """Write JSON."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:
        return b"".join(_write_deeply(payload))


def _write_deeply(payload: Any) -> list[bytes]:
    parts: list[bytes] = []
    # What is still to be written, the next one last: values, and bytes that are written already.
    waiting: list[Any] = [payload]
    while waiting:
        value = waiting.pop()
        if isinstance(value, bytes):
            parts.append(value)
        elif isinstance(value, dict):
            waiting.append(b"}")
            for key, inner in reversed(value.items()):
                waiting += (inner, b"%b:" % orjson.dumps(key), b",")
            _open(waiting, b"{", has_content=bool(value))
        elif isinstance(value, list):
            waiting.append(b"]")
            for inner in reversed(value):
                waiting += (inner, b",")
            _open(waiting, b"[", has_content=bool(value))
        else:
            parts.append(orjson.dumps(value))
    return parts


def _open(waiting: list[Any], bracket: bytes, *, has_content: bool) -> None:
    """Have the bracket written next, in place of the comma before the first of what it holds."""
    if has_content:
        waiting.pop()
    waiting.append(bracket)
