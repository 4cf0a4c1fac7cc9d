"""Whether a part lives (`/health`), can do its work (`/ready`), and what it has counted (`/metrics`)."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from shared.metrics import metrics_app
from shared.stores.store import Store

STORE_SECONDS = 2.0

_logger = logging.getLogger(__name__)


class Probes:
    """The probes of one part; ready means that each of its stores answers a read."""

    def __init__(self, stores: Sequence[Store]) -> None:
        self._stores = stores
        app = Starlette(routes=[Route("/health", self._health), Route("/ready", self._ready)])
        self.pages: Mapping[str, ASGIApp] = {"/health": app, "/ready": app, "/metrics": metrics_app}

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def _ready(self, _: Request) -> Response:
        answers = await asyncio.gather(*(_answers(store) for store in self._stores))
        is_ready = all(answers)
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)


async def _answers(store: Store) -> bool:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await store.unpublished(1)
    except Exception:
        _logger.warning("a store does not answer", exc_info=True)
        return False
    return True
