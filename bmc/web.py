"""The platform's front door: one ASGI app that leads each path to its part; everything else is the router's."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bmc.forwarding import Forward
from bmc.pages import PAGES
from bmc.platform import Platform
from bmc.ports import base_of
from shared.clients.transport import Http

CALLED_BACK = {
    "/.well-known/jwks.json": "security",
    "/webhooks/payments": "payments",
    "/webhooks/mail": "notifications",
}
"""Which subgraph answers what is neither GraphQL nor a page."""


class FrontDoor:
    """Leads by the path's beginning, longest first."""

    def __init__(self, router: ASGIApp, mounts: Mapping[str, ASGIApp]) -> None:
        self._router = router
        self._mounts = sorted(mounts.items(), key=lambda mount: -len(mount[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == "/":
                await RedirectResponse("/graphql")(scope, receive, send)
                return
            for beginning, app in self._mounts:
                if path == beginning or path.startswith(f"{beginning}/"):
                    await app(scope, receive, send)
                    return
        await self._router(scope, receive, send)


def front_door(platform: Platform) -> FrontDoor:
    """Make the front door of a platform in one process."""
    called_back = {path: platform.subgraphs[name].app for path, name in CALLED_BACK.items()}
    return FrontDoor(platform.router, {**platform.opened.mounts, **called_back, **_pages()})


def distant_front_door(router: ASGIApp, http: Http, urls: Mapping[str, str]) -> FrontDoor:
    """Make the front door of a router whose subgraphs are elsewhere."""
    called_back = {path: Forward(http, base_of(urls, name)) for path, name in CALLED_BACK.items()}
    return FrontDoor(router, {**called_back, **_pages()})


def _pages() -> Mapping[str, ASGIApp]:
    pages = Starlette(routes=PAGES)
    return {route.path: pages for route in PAGES}
