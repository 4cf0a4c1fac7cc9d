"""Sending of fetches: the address and time-out of each subgraph, and one request for equal fetches in flight.

NOTE: Two fetches are equal when subgraph, body and the caller's headers are. A fetch never joins one that was sent
before a mutation ended: whoever has seen a mutation's answer must read what it wrote.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from router.errors import TransportError
from router.execution.run import RequestContext
from router.transport import SubgraphRequest, SubgraphResponse, Transport

_Key: TypeAlias = tuple[str, bytes, tuple[tuple[str, str], ...], int]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a subgraph is and how long it may take, in seconds; `headers` go with every request to it."""

    url: str
    timeout: float = 30.0
    headers: tuple[tuple[str, str], ...] = ()


class Dispatcher:
    """The one way from steps to the transport."""

    def __init__(self, transport: Transport, endpoints: Mapping[str, Endpoint], *, deduplicate: bool = True) -> None:
        self.transport = transport
        self._endpoints = endpoints
        self._deduplicate = deduplicate
        self._in_flight: dict[_Key, asyncio.Future[SubgraphResponse]] = {}
        self._mutations = 0

    def __call__(
        self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool
    ) -> asyncio.Future[SubgraphResponse]:
        if not retryable:
            future = self._send(subgraph, body, context, retryable=False)
            future.add_done_callback(self._mutation_ended)
            return future
        if not self._deduplicate:
            return self._send(subgraph, body, context, retryable=True)
        key = (subgraph, body, context.caller_headers, self._mutations)
        known = self._in_flight.get(key)
        if known is None:
            known = self._in_flight[key] = self._send(subgraph, body, context, retryable=True)
            known.add_done_callback(partial(self._forget, key))
        return known

    def request(self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool) -> SubgraphRequest:
        endpoint = self._endpoints[subgraph]
        headers = (*endpoint.headers, *context.caller_headers, *context.trace_headers)
        return SubgraphRequest(subgraph, endpoint.url, body, headers, endpoint.timeout, retryable)

    def _send(
        self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool
    ) -> asyncio.Future[SubgraphResponse]:
        request = self.request(subgraph, body, context, retryable=retryable)
        try:
            return asyncio.ensure_future(self.transport.send(request))
        except TransportError as error:
            refused: asyncio.Future[SubgraphResponse] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused

    def _forget(self, key: _Key, _: asyncio.Future[SubgraphResponse]) -> None:
        del self._in_flight[key]

    def _mutation_ended(self, _: asyncio.Future[SubgraphResponse]) -> None:
        self._mutations += 1
