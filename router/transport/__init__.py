"""How the router talks to subgraphs: one port, and adapters for HTTP and for apps in the same process."""

from router.transport.messages import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

__all__ = ["PlainRequest", "SubgraphRequest", "SubgraphResponse", "Transport"]
