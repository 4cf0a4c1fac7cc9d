"""What of a client's request goes on to subgraphs, and the names under which it is found in logs and traces.

Forwarded: Authorization (subgraphs verify it again themselves), the configured headers, who called by which agent,
the correlation id and the trace context. Everything else stops here.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from router.config import RouterConfig
from router.execution import RequestContext

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


_IDS = random.Random()  # noqa: S311  Identifiers that need to differ, not to be secret.


os.register_at_fork(after_in_child=_IDS.seed)


def _random_hex(bits: int) -> str:
    """Make an id without asking the system for randomness each time; never 0, which traces do not allow."""
    return f"{_IDS.getrandbits(bits) or 1:0{bits // 4}x}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who called, as far as headers tell."""

    headers: Mapping[str, str]
    address: str
    authorization: str | None
    context: RequestContext


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read ASGI's headers; where one is repeated, the last counts, but for lists, which are joined."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        known = headers.get(key)
        headers[key] = f"{known}, {text}" if known is not None and key in {"accept", "x-forwarded-for"} else text
    return headers


def identify_caller(scope: Mapping[str, Any], config: RouterConfig, headers: Mapping[str, str]) -> Caller:
    """Work out the caller of an ASGI scope."""
    client = scope.get("client")
    address = client[0] if client else ""
    forwarded_for = headers.get("x-forwarded-for")
    if config.trust_forwarded_for and forwarded_for:
        address = forwarded_for.partition(",")[0].strip()
    return make_caller(headers, address, headers.get("authorization"), config)


def make_caller(headers: Mapping[str, str], address: str, authorization: str | None, config: RouterConfig) -> Caller:
    forwarded = [(name, headers[name]) for name in config.forward_headers if name in headers]
    if authorization is not None:
        forwarded.append(("authorization", authorization))
    if address:
        forwarded.append(("x-forwarded-for", address))
    if "user-agent" in headers:
        forwarded.append(("user-agent", headers["user-agent"]))
    correlation_id = headers.get("x-correlation-id", "")
    if not _CORRELATION_ID.fullmatch(correlation_id):
        correlation_id = _random_hex(128)
    trace = [("x-correlation-id", correlation_id), ("traceparent", continue_trace(headers.get("traceparent")))]
    if "tracestate" in headers and "traceparent" in headers:
        trace.append(("tracestate", headers["tracestate"]))
    return Caller(headers, address, authorization, RequestContext(tuple(forwarded), tuple(trace), correlation_id))


def continue_trace(traceparent: str | None) -> str:
    """Make the router's own span: a child of the client's trace, or the first of a new one (W3C trace context)."""
    span = _random_hex(64)
    known = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if known is None or known[1] == "0" * 32 or known[2] == "0" * 16:
        return f"00-{_random_hex(128)}-{span}-01"
    return f"00-{known[1]}-{span}-{known[3]}"
