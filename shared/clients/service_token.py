"""Service tokens: a part of the platform proves who it is by OAuth 2.0 client credentials (RFC 6749, 4.4).

NOTE: the request is `POST <token_url>` with `grant_type=client_credentials` as a form and the client's id and secret by
HTTP Basic, each form-encoded first (RFC 6749, 2.3.1); the answer is JSON with `access_token` and `expires_in` seconds.
"""

import asyncio
from base64 import b64encode
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote_plus

from pydantic import BaseModel, ValidationError

from shared.clients.retrying import Backoff, Pause, pause
from shared.clients.transport import Http, HttpFailed
from shared.clock import Clock
from shared.errors import BmcError, SubgraphUnavailable
from shared.telemetry_trail import trail_headers

SPARE = timedelta(seconds=30)
"""A token is renewed so long before its end, so that it does not end on its way."""


class Granted(BaseModel):
    """The part of a token answer that is read."""

    access_token: str
    expires_in: int


class ServiceTokens:
    """Keeps one token and renews it; however many ask at once, one request is made."""

    def __init__(
        self,
        http: Http,
        token_url: str,
        client_id: str,
        client_secret: str,
        clock: Clock,
        *,
        timeout: float = 2.0,
        backoff: Backoff | None = None,
        pause: Pause = pause,
    ) -> None:
        self._http = http
        self._url = token_url
        credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
        self._headers = {
            "authorization": f"Basic {b64encode(credentials).decode()}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        self._clock = clock
        self._timeout = timeout
        self._backoff = backoff or Backoff()
        self._pause = pause
        self._token = ""
        self._renew_at: datetime | None = None
        self._renewal: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """Answer a token that is good for a while yet; raise `SubgraphUnavailable` if there is none to be had."""
        if self._renew_at is not None and self._clock.now() < self._renew_at:
            return self._token
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew())
        # Shielded: a caller that is cancelled must not take the others' token away.
        return await asyncio.shield(self._renewal)

    async def _renew(self) -> str:
        granted = await self._ask()
        self._token = granted.access_token
        self._renew_at = self._clock.now() + timedelta(seconds=granted.expires_in) - SPARE
        return self._token

    async def _ask(self) -> Granted:
        attempt = 1
        while True:
            try:
                answer = await self._http.request(
                    "POST",
                    self._url,
                    headers={**self._headers, **trail_headers()},
                    body=b"grant_type=client_credentials",
                    timeout=self._timeout,
                )
            except HttpFailed as error:
                fault: BmcError = error
                again = True
            else:
                if answer.status == HTTPStatus.OK:
                    return _read(answer.body)
                fault = SubgraphUnavailable(f"No service token: status {answer.status}.")
                again = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            if not again or attempt == self._backoff.attempts:
                raise SubgraphUnavailable("No service token is to be had; try again.") from fault
            await self._pause(self._backoff.seconds_after(attempt))
            attempt += 1


def _read(body: bytes) -> Granted:
    try:
        return Granted.model_validate_json(body)
    except ValidationError as error:
        raise SubgraphUnavailable("The service token's answer makes no sense.") from error
