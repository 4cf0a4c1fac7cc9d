"""What of a client's request goes on to subgraphs, and the names under which it is found in logs and traces.

Forwarded: Authorization (subgraphs verify it again themselves), the configured headers, who called by which agent,
the correlation id and the trace context. Everything else stops here.

A client's requests mostly come with the same head as the one before, so what a head tells is worked out once, as the
sender; the caller of a request adds what only that request has.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, NamedTuple

from router.config import RouterConfig
from router.execution import RequestContext
from router.transport import Headers

if TYPE_CHECKING:
    from router.server.spans import RequestSpan, Tracing

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_LISTS = frozenset({"accept", "x-forwarded-for"})
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


_IDS = random.Random()  # noqa: S311  Identifiers that need to differ, not to be secret.
_NEVER_ZERO = 1 << 192 | 1 << 64 | 1  # A bit of each: traces do not allow ids of zeros.


os.register_at_fork(after_in_child=_IDS.seed)


def _random_ids() -> str:
    """Make a correlation id, a trace's and a span's (32, 32 and 16 digits), asking the generator once."""
    return (_IDS.getrandbits(320) | _NEVER_ZERO).to_bytes(40, "big").hex()


class Sender(NamedTuple):
    """What a head tells of who sent it; `forwarded` goes on to subgraphs, as does `tracestate` with its `trace`."""

    headers: Mapping[str, str]
    address: str
    authorization: str | None
    forwarded: Headers
    correlation_id: str | None
    trace: str
    tracestate: tuple[tuple[str, str], ...]


class Caller(NamedTuple):
    """Who called, as far as headers tell; a tuple, since one is made for each request."""

    headers: Mapping[str, str]
    address: str
    authorization: str | None
    context: RequestContext
    span: RequestSpan | None = None


_NAMES: dict[bytes, str] = {}
_MOST_NAMES = 1000


def _read_name(name: bytes) -> str:
    text = name.decode("latin-1").lower()
    if len(_NAMES) < _MOST_NAMES:
        _NAMES[name] = text
    return text


def read_headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read headers, by names in lower case; where one is repeated, the last counts, but for lists, which are joined."""
    headers = {_NAMES.get(name) or _read_name(name): value.decode("latin-1") for name, value in raw}
    if len(headers) < len(raw):
        for key in _LISTS.intersection(headers):
            headers[key] = ", ".join([value.decode("latin-1") for name, value in raw if _read_name(name) == key])
    return headers


def identify_caller(
    client: tuple[str, int] | None, config: RouterConfig, headers: Mapping[str, str], tracing: Tracing | None = None
) -> Caller:
    """Work out who calls from an address and port; where there is tracing, this begins the request's span."""
    return begin_call(recognise(client, config, headers), tracing)


def recognise(client: tuple[str, int] | None, config: RouterConfig, headers: Mapping[str, str]) -> Sender:
    """Work out who sends requests with such a head from an address and port."""
    address = client[0] if client else ""
    forwarded_for = headers.get("x-forwarded-for")
    if config.trusted_proxies and forwarded_for:
        address = client_behind(address, forwarded_for, config.trusted_proxies)
    return _sender(headers, address, headers.get("authorization"), config)


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
    return begin_call(_sender(headers, address, authorization, config), tracing)


def _sender(headers: Mapping[str, str], address: str, authorization: str | None, config: RouterConfig) -> Sender:
    forwarded = [(name, headers[name]) for name in config.forward_headers if name in headers]
    if authorization is not None:
        forwarded.append(("authorization", authorization))
    if address:
        forwarded.append(("x-forwarded-for", address))
    if "user-agent" in headers:
        forwarded.append(("user-agent", headers["user-agent"]))
    correlation_id = headers.get("x-correlation-id")
    if correlation_id is not None and not _CORRELATION_ID.fullmatch(correlation_id):
        correlation_id = None
    trace = read_traceparent(headers.get("traceparent"))
    tracestate = (("tracestate", headers["tracestate"]),) if trace and "tracestate" in headers else ()
    return Sender(headers, address, authorization, Headers.of(tuple(forwarded)), correlation_id, trace, tracestate)


def begin_call(sender: Sender, tracing: Tracing | None = None) -> Caller:
    """Begin a request with ids of its own, as far as its sender has not given any."""
    headers, address, authorization, forwarded, correlation_id, trace, tracestate = sender
    ids = _random_ids()
    if correlation_id is None:
        correlation_id = ids[:32]
    span = tracing.begin(trace) if tracing is not None else None
    traceparent = span.traceparent if span is not None else continue_trace(trace, ids)
    own = (("x-correlation-id", correlation_id), ("traceparent", traceparent), *tracestate)
    return Caller(headers, address, authorization, RequestContext(forwarded, own, correlation_id), span)


def read_traceparent(header: str | None) -> str:
    """Check a trace context (W3C); what is none is empty."""
    known = _TRACEPARENT.fullmatch(header) if header else None
    return "" if known is None or known[1] == _NO_TRACE or known[2] == _NO_SPAN else known[0]


def continue_trace(known: str, ids: str) -> str:
    """Make the router's own place in the client's trace, or the first of a new one."""
    span = ids[64:]
    return f"{known[:36]}{span}{known[52:]}" if known else f"00-{ids[32:64]}-{span}-01"
