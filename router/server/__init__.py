"""The server: GraphQL over HTTP and WebSocket for clients, in raw ASGI."""

from router.server.app import RouterApp, create_app, network_transport
from router.server.asgi import ASGIApp
from router.server.reloading import ReloadingApp

__all__ = ["ASGIApp", "ReloadingApp", "RouterApp", "create_app", "network_transport"]
