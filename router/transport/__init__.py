"""How the router talks to subgraphs: one port, and adapters for HTTP and for apps in the same process."""

from router.transport.breaker import CircuitBreaker
from router.transport.compressing import CompressingTransport
from router.transport.delivery import Delivery, Outcome, deliver
from router.transport.http import HttpSettings, HttpTransport
from router.transport.in_process import InProcessTransport
from router.transport.messages import Headers, PlainRequest, SubgraphRequest, SubgraphResponse, Transport
from router.transport.pool import ConnectFailed
from router.transport.resubscribing import ResubscribingTransport, closable

__all__ = [
    "CircuitBreaker",
    "CompressingTransport",
    "ConnectFailed",
    "Delivery",
    "Headers",
    "HttpSettings",
    "HttpTransport",
    "InProcessTransport",
    "Outcome",
    "PlainRequest",
    "ResubscribingTransport",
    "SubgraphRequest",
    "SubgraphResponse",
    "Transport",
    "closable",
    "deliver",
]
