"""A WebSocket to a subgraph over the network."""

from __future__ import annotations

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from router.errors import TransportError
from router.transport.graphql_ws import PROTOCOL, DuplexClosed
from router.transport.messages import SubgraphRequest

_SCHEMES = {"http": "ws", "https": "wss"}


class NetworkWebSocket:
    """Implements `Duplex` over the network."""

    def __init__(self, request: SubgraphRequest, max_message_bytes: int) -> None:
        self._request = request
        self._max = max_message_bytes
        self._connection: ClientConnection | None = None

    async def open(self) -> None:
        scheme, separator, rest = self._request.url.partition("://")
        try:
            self._connection = await connect(
                _SCHEMES.get(scheme, scheme) + separator + rest,
                subprotocols=[Subprotocol(PROTOCOL)],
                additional_headers=list(self._request.headers),
                user_agent_header=None,
                open_timeout=None,
                max_size=self._max,
                proxy=None,
                compression=None,
            )
        except (OSError, WebSocketException) as error:
            raise TransportError(f"cannot be reached by WebSocket ({type(error).__name__})") from error

    async def send(self, text: str) -> None:
        try:
            await self._open_connection.send(text)
        except ConnectionClosed as closed:
            raise _closed(closed) from closed

    async def receive(self) -> str | bytes:
        try:
            return await self._open_connection.recv()
        except ConnectionClosed as closed:
            raise _closed(closed) from closed

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    @property
    def _open_connection(self) -> ClientConnection:
        assert self._connection is not None, "A WebSocket is used once it is open."
        return self._connection


def _closed(closed: ConnectionClosed) -> DuplexClosed:
    received = closed.rcvd
    return DuplexClosed(1006, "") if received is None else DuplexClosed(received.code, received.reason)
