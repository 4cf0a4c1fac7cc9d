"""The router's HTTP connections without sockets: bytes in, bytes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httptools
from uvicorn.server import ServerState

from router.config import RouterConfig
from router.server.direct_protocol import DirectProtocol
from router.server.serving import Application, uvicorn_config

CLIENT = ("192.0.2.7", 5000)


class Wire(asyncio.Transport):
    """What a connection writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closing = False
        self.news = asyncio.Event()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": CLIENT, "sockname": ("192.0.2.1", 4000)}.get(name, default)

    def write(self, data: Any) -> None:
        self.written += data
        self.news.set()

    def close(self) -> None:
        self.closing = True
        self.news.set()

    def write_eof(self) -> None:
        self.news.set()

    abort = close

    def set_protocol(self, _: asyncio.BaseProtocol) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Response:
    """One parsed response."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_whole = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


class Connection:
    """A client's connection to an application."""

    def __init__(self, app: Application, config: RouterConfig) -> None:
        uvicorn = uvicorn_config(app, config, lifespan=False)
        uvicorn.load()
        self.state = ServerState()
        make: Any = uvicorn.http_protocol_class
        self.protocol: DirectProtocol = make(config=uvicorn, server_state=self.state, app_state={})
        self.wire = Wire()
        self.protocol.connection_made(self.wire)

    def send(self, data: bytes) -> None:
        self.protocol.data_received(data)

    async def sent(self, length: int = 0) -> bytes:
        """Wait until more than so many bytes came, or the connection ended."""
        while len(self.wire.written) <= length and not self.wire.closing:
            self.wire.news.clear()
            await self.wire.news.wait()
        return self.wire.written

    async def response(self) -> Response:
        """Wait for a whole response, and take it off the wire."""
        response, taken = Response(), 0
        while not response.is_whole:
            written = await self.sent(taken)
            assert len(written) > taken, "The connection ended before its response did."
            response.feed(written[taken:])
            taken = len(written)
        self.wire.written = b""
        return response

    def leave(self) -> None:
        self.wire.closing = True
        self.protocol.connection_lost(None)


def message(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request."""
    given = {"host": "router", **headers}
    if body or method == "POST":
        given.setdefault("content-length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body
