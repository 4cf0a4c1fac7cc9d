"""What one request holds: who calls, for how it is traced, the business and this request's loaders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.auth import Caller

Service = TypeVar("Service")
Loaders = TypeVar("Loaders")


@dataclass(slots=True)
class RequestContext(Generic[Service, Loaders]):
    """One a request; a subscription's lives as long as the subscription.

    `connection_params` is filled by Strawberry from a WebSocket's connection_init, after which the caller is read
    from it. `address` is the client's, as the router forwards it.
    """

    caller: Caller
    service: Service
    loaders: Loaders
    correlation_id: str
    traceparent: str | None = None
    address: str | None = None
    user_agent: str | None = None
    connection_params: Mapping[str, Any] | None = None
