"""Rate limits per caller, by a clock of the test's own."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from router.config import LimitsConfig, RateConfig, RouterConfig
from router.server.callers import make_caller
from router.server.rates import RateLimited, RateLimiter
from router.server.tokens import ANONYMOUS, Identity

from .clients import WebSocketClient, post
from .federation import Federation

CONFIG = RouterConfig(limits=LimitsConfig(rate=RateConfig(per_second=0.5, burst=2)))
ADA, GRACE = Identity({"sub": "ada"}), Identity({"sub": "grace"})


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_a_caller_who_is_too_fast_is_told_when_to_come_back_and_no_subgraph_is_called() -> None:
    clock = Clock()
    federation = Federation(CONFIG, clock)

    statuses = [(await post(federation.app, "{ headers }")).status for _ in range(2)]
    asked = len(federation.accounts.queries)
    refused = await post(federation.app, "{ headers }")

    assert statuses == [200, 200]
    assert (refused.status, refused.headers["retry-after"]) == (429, "2")
    assert refused.json == {"errors": [{"message": "Too many requests.", "extensions": {"code": "RATE_LIMITED"}}]}
    assert len(federation.accounts.queries) == asked
    clock.now += 2
    assert (await post(federation.app, "{ headers }")).status == 200


async def test_operations_on_a_websocket_count_one_by_one() -> None:
    federation = Federation(CONFIG, Clock())

    async with WebSocketClient(federation.app) as client:
        await client.initialise()
        for number in range(3):
            client.subscribe(str(number), "{ __typename }")
        messages = [await client.hear() for _ in range(5)]

    errors = [message["payload"] for message in messages if message["type"] == "error"]
    assert errors == [
        [{"message": "Too many requests.", "extensions": {"code": "RATE_LIMITED", "retryAfterSeconds": 2}}]
    ]
    assert federation.accounts.queries == []


def test_each_subject_has_a_bucket_wherever_it_calls_from_and_others_share_their_addresses() -> None:
    limiter = RateLimiter(RateConfig(per_second=1, burst=1), Clock())
    here, there = (make_caller({}, address, None, CONFIG) for address in ("192.0.2.1", "192.0.2.2"))

    for caller, identity in ((here, ADA), (here, GRACE), (here, ANONYMOUS), (there, ANONYMOUS)):
        limiter.take(caller, identity)
    for caller, identity in ((there, ADA), (there, GRACE), (here, ANONYMOUS), (there, ANONYMOUS)):
        with pytest.raises(RateLimited):
            limiter.take(caller, identity)


def test_a_bucket_never_holds_more_than_its_burst_and_an_old_clock_takes_nothing_away() -> None:
    clock = Clock()
    limiter = RateLimiter(RateConfig(per_second=1, burst=2), clock)
    caller = make_caller({}, "192.0.2.1", None, CONFIG)

    limiter.take(caller, ADA)
    clock.now += 1000
    limiter.take(caller, ADA)
    clock.now -= 500
    limiter.take(caller, ADA)
    with pytest.raises(RateLimited) as refusal:
        limiter.take(caller, ADA)

    assert refusal.value.retry_after == 1


@pytest.mark.parametrize(("others", "is_forgotten"), [(99_999, False), (100_000, True)])
def test_of_too_many_callers_the_oldest_is_forgotten_so_that_they_do_not_fill_the_memory(
    others: int, is_forgotten: bool
) -> None:
    limiter = RateLimiter(RateConfig(per_second=0.001, burst=1), Clock())
    caller = make_caller({}, "192.0.2.1", None, CONFIG)

    limiter.take(caller, ADA)
    for number in range(others):
        limiter.take(caller, Identity({"sub": f"someone {number}"}))

    with nullcontext() if is_forgotten else pytest.raises(RateLimited):
        limiter.take(caller, ADA)
