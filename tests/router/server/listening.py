"""The router's own server in this process, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from router.config import RouterConfig
from router.server import RouterApp
from router.server.serving import GracefulServer, listen, uvicorn_config


@asynccontextmanager
async def listening(app: RouterApp, config: RouterConfig) -> AsyncIterator[int]:
    """Serve an application; yields the port."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    started = asyncio.Event()
    server = GracefulServer(uvicorn_config(app, config), app, config, started.set)
    serving = asyncio.create_task(server.serve([listener]))
    await started.wait()
    try:
        yield port
    finally:
        server.should_exit = True
        await serving
