"""Sending of fetches: the address and time-out of each subgraph, and one request for equal fetches in flight.

NOTE: Two fetches are equal when subgraph, body and the caller's headers are. A fetch never joins one that was sent
before a mutation ended: whoever has seen a mutation's answer must read what it wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from router.errors import TransportError
from router.execution.run import RequestContext
from router.transport import Delivery, Headers, Outcome, SubgraphRequest, Transport, deliver

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
        # Equal ones once, so that a request's headers are joined once for all subgraphs.
        written = {endpoint.headers: Headers.of(endpoint.headers) for endpoint in endpoints.values()}
        self._own_headers = {subgraph: written[endpoint.headers] for subgraph, endpoint in endpoints.items()}
        self._deduplicate = deduplicate
        self._in_flight: dict[_Key, Delivery] = {}
        self._mutations = 0

    def __call__(self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool) -> Delivery:
        key = None
        if retryable and self._deduplicate:
            key = (subgraph, body, context.caller_headers, self._mutations)
            known = self._in_flight.get(key)
            if known is not None:
                return known
        try:
            response = self.transport.send(self.request(subgraph, body, context, retryable=retryable))
        except TransportError as error:
            refused = Delivery()
            refused.settle(error)
            return refused
        delivery = response if isinstance(response, Delivery) else deliver(response)
        if key is not None:
            self._in_flight[key] = delivery
            # Called with the outcome, which `pop` takes for what to answer if the key is gone: it forgets the fetch.
            delivery.then(partial(self._in_flight.pop, key))
        elif not retryable:
            delivery.then(self._mutation_ended)
        return delivery

    def request(self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool) -> SubgraphRequest:
        endpoint = self._endpoints[subgraph]
        headers = context.headers_with(self._own_headers[subgraph])
        return SubgraphRequest(subgraph, endpoint.url, body, headers, endpoint.timeout, retryable)

    def _mutation_ended(self, _: Outcome) -> None:
        self._mutations += 1
