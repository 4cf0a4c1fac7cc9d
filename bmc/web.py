"""The platform's front door: one ASGI app that leads each path to its part; everything else is the router's."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bmc.pages import PAGES
from bmc.platform import Platform


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
    """Make the front door of a running platform."""
    pages = Starlette(routes=PAGES)
    mounts: dict[str, ASGIApp] = {
        **platform.mounts,
        "/.well-known/jwks.json": platform.subgraphs["security"].app,
        "/webhooks/payments": platform.subgraphs["payments"].app,
        **{route.path: pages for route in PAGES},
    }
    return FrontDoor(platform.router, mounts)
