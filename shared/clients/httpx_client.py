"""The HTTP port over httpx, for peers in other processes.

httpx bounds each read and write, not the whole exchange, so a peer that drips bytes would hold a caller for ever;
the total is bounded here. The environment's proxies are ignored: the parts of the platform talk directly.
"""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx

from shared.clients.transport import ConnectFailed, HttpAnswer, NoAnswer


class HttpxClient:
    """Keeps connections alive; close it with `aclose` or use it as an async context manager."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - Only the port itself can tell "never reached" from "no answer in time".
    ) -> HttpAnswer:
        try:
            async with asyncio.timeout(timeout):
                answer = await self._client.request(method, url, headers=headers, content=body, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ConnectFailed(f"{url} cannot be reached: {type(error).__name__}") from error
        except (httpx.TransportError, TimeoutError) as error:
            raise NoAnswer(f"{url} did not answer: {type(error).__name__}") from error
        return HttpAnswer(answer.status_code, dict(answer.headers), answer.content)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
