"""The verifier of access tokens when its keys are not there yet, cannot be had, or have been rotated."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.auth import ANONYMOUS, TokenVerifier
from shared.clients.transport import NoAnswer
from shared.clock import ManualClock
from shared.errors import SubgraphUnavailable, Unauthenticated
from tests.subgraphs.callers import PATIENT
from tests.subgraphs.tokens import FORGERS_KEY, public_keys, token_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Issuer:
    """Gives out its keys as slowly as it is told to; `down` is what it does instead of answering."""

    answer: bytes | None = None
    down: Exception | None = None
    asked: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def keys(self) -> bytes:
        self.asked += 1
        self.reached.set()
        await self.answering.wait()
        if self.down is not None:
            raise self.down
        return await public_keys() if self.answer is None else self.answer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def issuer() -> Issuer:
    issuer = Issuer()
    issuer.answering.set()
    return issuer


async def test_requests_that_come_while_the_keys_are_fetched_wait_for_that_one_fetch(
    clock: ManualClock, issuer: Issuer
) -> None:
    verifier = TokenVerifier(issuer.keys, clock)
    issuer.answering.clear()
    callers = [replace(PATIENT, account_id=f"acc_{number}") for number in range(5)]
    waiting = [asyncio.create_task(verifier.verify(token_of(caller, clock))) for caller in callers]
    await issuer.reached.wait()

    issuer.answering.set()

    assert [caller.account_id for caller in await asyncio.gather(*waiting)] == [one.account_id for one in callers]
    assert issuer.asked == 1


async def test_a_request_that_goes_away_takes_the_fetch_from_nobody(clock: ManualClock, issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer.keys, clock)
    issuer.answering.clear()
    gone, there = (asyncio.create_task(verifier.verify(token_of(PATIENT, clock))) for _ in range(2))
    await issuer.reached.wait()

    gone.cancel()
    issuer.answering.set()

    assert (await there).account_id == PATIENT.account_id
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "fault",
    [Issuer(down=NoAnswer("security does not answer")), Issuer(answer=b"<html>"), Issuer(answer=b'{"keys": 1}')],
)
async def test_without_keys_a_token_is_not_called_invalid_and_the_next_request_asks_again(
    clock: ManualClock, fault: Issuer
) -> None:
    verifier = TokenVerifier(fault.keys, clock)
    fault.answering.set()
    with pytest.raises(SubgraphUnavailable):
        await verifier.verify(token_of(PATIENT, clock))

    fault.down = fault.answer = None

    assert (await verifier.verify(token_of(PATIENT, clock))).account_id == PATIENT.account_id


async def test_unknown_keys_are_asked_for_at_most_every_five_seconds(clock: ManualClock, issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer.keys, clock)
    issuer.answer = (await public_keys()).replace(b'"kid":"test"', b'"kid":"another"')
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token_of(PATIENT, clock))
    assert issuer.asked == 1

    issuer.answer = None
    clock.advance(timedelta(seconds=5))

    assert (await verifier.verify(token_of(PATIENT, clock))).account_id == PATIENT.account_id
    assert issuer.asked == 2


async def test_forged_expired_and_misspelt_tokens_are_refused(clock: ManualClock, issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer.keys, clock)
    expired = token_of(replace(PATIENT, expires_at=NOON), clock)
    for header in ("Bearer", "Basic abc", "Bearer no.token.atall", f"Bearer {expired}"):
        with pytest.raises(Unauthenticated):
            await verifier.verify_header(header)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token_of(PATIENT, clock, key=FORGERS_KEY))
    assert await verifier.verify_header(None) is ANONYMOUS


async def test_a_token_that_was_good_ends_when_it_says(clock: ManualClock, issuer: Issuer) -> None:
    verifier = TokenVerifier(issuer.keys, clock)
    token = token_of(PATIENT, clock)
    assert (await verifier.verify(token)).account_id == PATIENT.account_id

    clock.advance(timedelta(minutes=10))

    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(token)
