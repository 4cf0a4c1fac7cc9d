"""The router's limit: a server that makes the same upstream calls and does nothing else.

At its start it has the router answer each request of the benchmark's `user` query once, and notes which calls that
made, and which of them waited for earlier ones. From then on it repeats the calls and sends the noted answer: no
parsing, no plan, no merging. Its server and its client are the router's own.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from router.config import RouterConfig
from router.server import create_app, network_transport
from router.transport import PlainRequest, SubgraphRequest, SubgraphResponse, Transport

IDS = range(10, 510)
QUERY = (
    "query TestQuery($id: ID!) { user(id: $id) "
    "{ id name username reviews { id body product { upc name price inStock } } } }"
)
"""The tool's `user` query and its ids."""
Message = MutableMapping[str, Any]


@dataclass(slots=True)
class Noted:
    """The calls of one request, in waves of which each waited for the one before, and the router's answer."""

    waves: list[list[SubgraphRequest]] = field(default_factory=list)
    answer: bytes = b""


class Noting:
    """A transport that notes what goes through it: a call that begins while none is under way begins a wave."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.noted = Noted()
        self._under_way = 0

    def send(self, request: SubgraphRequest) -> Awaitable[SubgraphResponse]:
        if self._under_way == 0:
            self.noted.waves.append([])
        self.noted.waves[-1].append(request)
        self._under_way += 1
        sent = asyncio.ensure_future(self._transport.send(request))
        sent.add_done_callback(self._ended)
        return sent

    def subscribe(self, request: SubgraphRequest) -> AsyncIterator[dict[str, Any]]:
        return self._transport.subscribe(request)

    async def request(self, request: PlainRequest) -> SubgraphResponse:
        return await self._transport.request(request)

    async def close(self) -> None:
        await self._transport.close()

    def _ended(self, _sent: object) -> None:
        self._under_way -= 1


async def note(supergraph: str, transport: Transport, config: RouterConfig) -> Mapping[bytes, Noted]:
    """Answer what each id's request did."""
    noting = Noting(transport)
    app = create_app(supergraph, config, noting)
    noted: dict[bytes, Noted] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://router") as client:
        for number in IDS:
            noting.noted = Noted()
            answer = await client.post("/graphql", json={"query": QUERY, "variables": {"id": str(number)}})
            noting.noted.answer = answer.content
            noted[str(number).encode()] = noting.noted
    return noted


class Bare:
    """The ASGI app."""

    def __init__(self, supergraph: str, config: RouterConfig) -> None:
        self._supergraph = supergraph
        self._config = config
        self._transport = network_transport(config)
        self._noted: Mapping[bytes, Noted] = {}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            async with self._running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body, more = body + message["body"], message.get("more_body", False)
        noted = self._noted[json.loads(body)["variables"]["id"].encode()]
        for wave in noted.waves:
            if len(wave) == 1:
                await self._transport.send(wave[0])
            else:
                await asyncio.gather(*(self._transport.send(request) for request in wave))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(noted.answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": noted.answer})

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self._noted = await note(self._supergraph, self._transport, self._config)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--supergraph", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    app = Bare(given.supergraph.read_text(), RouterConfig(access_log=False))
    uvicorn.run(app, host="127.0.0.1", port=given.port, loop="uvloop", http="httptools", log_level="warning")


if __name__ == "__main__":
    main()
