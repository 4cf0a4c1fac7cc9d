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
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

from router.config import RouterConfig
from router.execution import RequestContext

if TYPE_CHECKING:
    from router.server.spans import RequestSpan, Tracing

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


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
    span: RequestSpan | None = None


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read ASGI's headers; where one is repeated, the last counts, but for lists, which are joined."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        known = headers.get(key)
        headers[key] = f"{known}, {text}" if known is not None and key in {"accept", "x-forwarded-for"} else text
    return headers


def identify_caller(
    scope: Mapping[str, Any], config: RouterConfig, headers: Mapping[str, str], tracing: Tracing | None = None
) -> Caller:
    """Work out the caller of an ASGI scope; where there is tracing, this begins the request's span."""
    client = scope.get("client")
    address = client[0] if client else ""
    forwarded_for = headers.get("x-forwarded-for")
    if config.trusted_proxies and forwarded_for:
        address = client_behind(address, forwarded_for, config.trusted_proxies)
    return make_caller(headers, address, headers.get("authorization"), config, tracing)


def client_behind(address: str, forwarded_for: str, trusted: tuple[IPv4Network | IPv6Network, ...]) -> str:
    """Find the client of a chain of proxies: whoever the last trusted one took the request from.

    Clients can write whatever they like into the header; each proxy adds at its end whom it was called by.
    """
    for previous in reversed(forwarded_for.split(",")):
        if not _is_within(address, trusted) or not _is_within(previous.strip(), _ANYWHERE):
            break
        address = previous.strip()
    return address


@lru_cache(maxsize=1024)
def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)


_ANYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def make_caller(
    headers: Mapping[str, str],
    address: str,
    authorization: str | None,
    config: RouterConfig,
    tracing: Tracing | None = None,
) -> Caller:
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
    known = read_traceparent(headers.get("traceparent"))
    span = tracing.begin(known) if tracing is not None else None
    traceparent = span.traceparent if span is not None else continue_trace(known)
    trace = [("x-correlation-id", correlation_id), ("traceparent", traceparent)]
    if known and "tracestate" in headers:
        trace.append(("tracestate", headers["tracestate"]))
    return Caller(headers, address, authorization, RequestContext(tuple(forwarded), tuple(trace), correlation_id), span)


def read_traceparent(header: str | None) -> str:
    """Check a trace context (W3C); what is none is empty."""
    known = _TRACEPARENT.fullmatch(header) if header else None
    return "" if known is None or known[1] == _NO_TRACE or known[2] == _NO_SPAN else known[0]


def continue_trace(known: str) -> str:
    """Make the router's own place in the client's trace, or the first of a new one."""
    if not known:
        return f"00-{_random_hex(128)}-{_random_hex(64)}-01"
    return f"{known[:36]}{_random_hex(64)}{known[52:]}"
