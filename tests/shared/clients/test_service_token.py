"""Service tokens: the exchange, keeping one, renewing it once."""

import asyncio
from base64 import b64encode
from datetime import timedelta

import pytest

from shared.clients.retrying import Backoff
from shared.clients.service_token import ServiceTokens
from shared.clients.transport import ConnectFailed, HttpAnswer
from shared.clock import ManualClock
from shared.errors import SubgraphUnavailable
from tests.shared.clients.peer import START, Asked, Reaction, ScriptedHttp, json_answer

URL = "http://security.test/token"


class Issuer:
    """Issues tokens that are numbered."""

    def __init__(self, *script: Reaction) -> None:
        self.clock = ManualClock(START)
        self.http = ScriptedHttp(*script, self.issue)
        self.issued = 0
        self.pauses: list[float] = []
        self.tokens = ServiceTokens(
            self.http, URL, "users", "s:cret/ü", self.clock, backoff=Backoff(share=lambda: 1.0), pause=self.pause
        )

    def issue(self, asked: Asked) -> HttpAnswer:
        del asked
        self.issued += 1
        return json_answer({"access_token": f"token {self.issued}", "token_type": "Bearer", "expires_in": 600})

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_token_is_exchanged_for_client_credentials() -> None:
    issuer = Issuer()

    assert await issuer.tokens.token() == "token 1"
    (asked,) = issuer.http.asked
    assert (asked.method, asked.url, asked.form) == ("POST", URL, {"grant_type": ["client_credentials"]})
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["authorization"] == f"Basic {b64encode(b'users:s%3Acret%2F%C3%BC').decode()}"


async def test_a_token_is_kept_until_thirty_seconds_before_its_end() -> None:
    issuer = Issuer()
    await issuer.tokens.token()
    issuer.clock.advance(timedelta(seconds=569.999))
    assert await issuer.tokens.token() == "token 1"
    issuer.clock.advance(timedelta(milliseconds=1))

    assert await issuer.tokens.token() == "token 2"


async def test_callers_who_ask_at_once_share_one_exchange() -> None:
    issuer = Issuer()
    issuer.http.gate.clear()
    asking = [asyncio.create_task(issuer.tokens.token()) for _ in range(5)]
    await issuer.http.hears(1)
    asking[0].cancel()
    issuer.http.gate.set()

    assert await asyncio.gather(*asking[1:]) == ["token 1"] * 4
    assert len(issuer.http.asked) == 1


@pytest.mark.parametrize("failure", [ConnectFailed("down"), json_answer({}, 503)])
async def test_an_exchange_that_failed_is_tried_again(failure: Reaction) -> None:
    issuer = Issuer(failure, failure)

    assert await issuer.tokens.token() == "token 1"
    assert issuer.pauses == [0.05, 0.1]


@pytest.mark.parametrize(
    ("failure", "tries"),
    [(ConnectFailed("down"), 3), (json_answer({"error": "invalid_client"}, 401), 1), (json_answer({"no": "token"}), 1)],
)
async def test_without_a_token_a_caller_is_told_and_the_next_one_asks_anew(failure: Reaction, tries: int) -> None:
    issuer = Issuer(*[failure] * tries)

    with pytest.raises(SubgraphUnavailable):
        await issuer.tokens.token()

    assert len(issuer.http.asked) == tries
    assert await issuer.tokens.token() == "token 1"
