"""The transport port: what is sent to a subgraph, what comes back, and who carries it.

A transport decides nothing about GraphQL: it moves bytes, keeps time, and caps sizes. What it cannot do it says by
`TransportError`, whose message names no address, so that it may be shown to clients.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

Lines: TypeAlias = tuple[tuple[str, str], ...]


class Headers(tuple[tuple[str, str], ...]):  # noqa: SLOT001  A tuple cannot have slots with something in them.
    """Headers with `lines`, what they are on the wire: written once for all requests that they go with."""

    lines: bytes

    @classmethod
    def of(cls, pairs: Lines) -> Headers:
        headers = cls(pairs)
        headers.lines = "".join([f"{name}: {value}\r\n" for name, value in pairs]).encode("latin-1")
        return headers

    @classmethod
    def join(cls, first: Headers, second: Headers, pairs: Lines) -> Headers:
        """Make one of some whose lines are written, and pairs whose are not."""
        headers = cls(first + second + pairs)
        lines = "".join([f"{name}: {value}\r\n" for name, value in pairs]).encode("latin-1")
        headers.lines = b"%b%b%b" % (first.lines, second.lines, lines)
        return headers


class SubgraphRequest(NamedTuple):
    """One request to one subgraph; a tuple, since one is made for each fetch.

    `body` is the JSON of a GraphQL request; `headers` are added to those the transport needs itself; `timeout` is in
    seconds, for the whole exchange (for a subscription: until it is acknowledged). Only a `retryable` request may be
    sent a second time: queries are, mutations never.
    """

    subgraph: str
    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 30.0
    retryable: bool = False


class SubgraphResponse(NamedTuple):
    """What a subgraph answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """Any HTTP request; `timeout` in seconds."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout: float = 10.0

    @property
    def retryable(self) -> bool:
        return self.method in {"GET", "HEAD"}


class Transport(Protocol):
    """Carries requests to subgraphs. All methods raise `TransportError` where no answer can be had."""

    def send(self, request: SubgraphRequest) -> Awaitable[SubgraphResponse]:
        """Send a query or mutation. A transport may return a `Delivery`, which costs least."""
        ...

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        """Yield the GraphQL result of each event until the subgraph completes; closing the iterator unsubscribes."""
        ...

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        """Make a plain HTTP request, for what is not GraphQL (a JWKS document)."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
