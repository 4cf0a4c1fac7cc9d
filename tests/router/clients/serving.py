"""The router of the tests' small federation on loopback, as real clients meet it; it can be reloaded under them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from router.config import RouterConfig
from router.server import ReloadingApp, RouterApp, create_app
from router.server.serving import GracefulServer, listen, uvicorn_config
from tests.router.server.federation import SUPERGRAPH, Federation
from tests.router.server.issuer import AUTH, Issuer

# The router's clock goes before the issuer's by as much as a token is good: one that was just issued is taken, and the
# connection that came with it ends at once.
TOKEN_SECONDS = 600


@dataclass
class Served:
    """The router, where it is, and what is behind it."""

    url: str
    federation: Federation
    issuer: Issuer
    app: ReloadingApp
    path: Path

    def tokens(self) -> list[str]:
        """Make one token whose time is over once it is used, and one that lasts."""
        now = int(time.time())
        return [self.issuer.token(exp=now + TOKEN_SECONDS), self.issuer.token(exp=now + 10 * TOKEN_SECONDS)]

    async def reload(self) -> None:
        """Have another application take over, as a new supergraph does: whoever is connected is sent away."""
        self.path.write_text(self.path.read_text() + "\n# newer\n")
        await self.app.reload()


@asynccontextmanager
async def served(folder: Path, **settings: object) -> AsyncIterator[Served]:
    config = RouterConfig.model_validate({"auth": AUTH, **settings})
    issuer = Issuer()
    federation = Federation(config, security=issuer)
    path = folder / "supergraph.graphql"
    path.write_text(SUPERGRAPH)

    def make(text: str, before: RouterApp | None) -> RouterApp:
        log = before.log if before else None
        return create_app(text, config, federation.transport, clock=lambda: time.time() + TOKEN_SECONDS, log=log)

    app = ReloadingApp(path, make, seconds_between_looks=3600)
    listener = listen("127.0.0.1", 0)
    started = asyncio.Event()
    server = GracefulServer(uvicorn_config(app, config), app, config, started.set)
    serving = asyncio.create_task(server.serve([listener]))
    await started.wait()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
        yield Served(url, federation, issuer, app, path)
    finally:
        server.should_exit = server.force_exit = True
        await serving
