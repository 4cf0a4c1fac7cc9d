"""The HTTP port of the subgraphs, carried by the router's transport: one way of reaching a host."""

from collections.abc import Mapping

from router.errors import TransportError
from router.transport import ConnectFailed as NeverReached
from router.transport import PlainRequest, Transport
from shared.clients.transport import ConnectFailed, HttpAnswer, NoAnswer


class TransportHttp:
    """Sends plain requests by a router transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109  The port's signature.
    ) -> HttpAnswer:
        try:
            answer = await self._transport.request(
                PlainRequest(method, url, tuple(headers.items()), body or b"", timeout)
            )
        except NeverReached as error:
            raise ConnectFailed(str(error)) from error
        except TransportError as error:
            raise NoAnswer(str(error)) from error
        return HttpAnswer(answer.status, answer.headers, answer.body)
