"""How the router talks to subgraphs: one port, and adapters for HTTP and for apps in the same process."""

from router.transport.http import HttpSettings, HttpTransport
from router.transport.in_process import InProcessTransport
from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

__all__ = [
    "HttpSettings",
    "HttpTransport",
    "InProcessTransport",
    "PlainRequest",
    "SubgraphRequest",
    "SubgraphResponse",
    "Transport",
]
