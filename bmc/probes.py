"""Whether a part lives (`/health`), can do its work (`/ready`), and what it has counted (`/metrics`)."""

import asyncio
import logging
from collections.abc import Sequence
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.stores.store import Store

STORE_SECONDS = 2.0

_logger = logging.getLogger(__name__)


class Probes:
    """The probes of one part; ready means that each of its stores answers a read."""

    PATHS: ClassVar = ("/health", "/ready", "/metrics")

    def __init__(self, stores: Sequence[Store]) -> None:
        self._stores = stores
        pages = (self._health, self._ready, self._metrics)
        self.app = Starlette(routes=[Route(path, page) for path, page in zip(self.PATHS, pages, strict=True)])

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def _ready(self, _: Request) -> Response:
        answers = await asyncio.gather(*(_answers(store) for store in self._stores))
        is_ready = all(answers)
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    async def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _answers(store: Store) -> bool:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            await store.unpublished(1)
    except Exception:
        _logger.warning("a store does not answer", exc_info=True)
        return False
    return True
