"""Parts of the distributed system that hang and go on later, as a machine does that is out of breath: nobody is told.

NOTE: They are stopped by SIGSTOP. Their connections stay, their ports take new ones, and what they held in hands (a
request, a transaction, a batch of events, a seat in a group) they go on with when they wake, whoever has taken over.
"""

import asyncio
import contextlib

import pytest

from shared.events.bus import Bus
from tests.stack.native import NativeStack
from tests.stack.topics import Cluster
from tests.stack.waiting import PATIENCE
from tests.stories.client import Client
from tests.stories.people import status_of
from tests.stories.shopping import (
    SLOTS_EACH,
    a_shopper,
    each_appointment_is_there_once,
    each_mail_came_once,
    keep_shopping,
)

pytestmark = pytest.mark.timeout(900)

FAILURES = 20
"""After so many in a row the router leaves a subgraph alone."""
MINE_AND_A_PAYMENT = "query($id: ID!) { me { email } payment(id: $id) { status } }"
SLEEPERS = ("worker-appointments", "worker-payments", "worker-notifications")


async def test_a_subgraph_that_hangs_takes_away_what_is_its_own_and_does_what_it_was_asked_once_when_it_wakes(
    stack: NativeStack, visitor: Client, admin: Client
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana", slots=1)
    (purchase,), patient = shopper.purchases, shopper.patient
    told_before = len(stack.said("router"))
    with stack.hanging("payments"):
        shopping = asyncio.create_task(shopper.shop())
        # Each asks for something else: equal requests under way are made once.
        answers = await asyncio.gather(
            *(patient.client.post(MINE_AND_A_PAYMENT, id=f"pay_{number}") for number in range(FAILURES))
        )
        await shopping
        assert [answer.json()["data"] for answer in answers] == [
            {"me": {"email": patient.email}, "payment": None}
        ] * FAILURES
        codes = [[error["extensions"]["code"] for error in answer.json()["errors"]] for answer in answers]
        assert codes == [["SUBGRAPH_UNAVAILABLE"]] * FAILURES
        assert purchase.appointment_id is not None
        assert not purchase.paid
        assert await status_of(patient.client, purchase.appointment_id) == "PENDING_PAYMENT"
        # One of two may be the one that tries whether it is well again; the other is told at once.
        asked = [asyncio.create_task(patient.client.post(MINE_AND_A_PAYMENT, id=f"pay_{name}")) for name in "ab"]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        told = stack.said("router")[told_before:]
        assert "circuit opened" in told
        assert "keeps failing and is left alone for a moment" in told
    await asyncio.gather(*asked)

    await keep_shopping(shopper)

    assert "circuit closed" in stack.said("router")[told_before:]
    await each_appointment_is_there_once(shopper)
    await each_mail_came_once(visitor, shopper)


async def test_workers_that_sleep_past_their_seats_and_leases_wake_beside_their_successors_and_double_nothing(
    stack: NativeStack, visitor: Client, admin: Client, cluster: Cluster, bus: Bus
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana")

    async def in_the_middle() -> bool:
        return shopper.finished >= SLOTS_EACH // 2

    with contextlib.ExitStack() as twins:
        for part in SLEEPERS:
            twins.enter_context(stack.twin(part))
        shopping = asyncio.create_task(keep_shopping(shopper))
        await visitor.until(in_the_middle, "the shopper to be in the middle of it", PATIENCE)
        with stack.hanging(*SLEEPERS):
            await shopping
            # Only who has taken over can have done it.
            await each_appointment_is_there_once(shopper)
        await each_mail_came_once(visitor, shopper)
        await visitor.until(cluster.is_caught_up, "every event to be handled", PATIENCE)
    assert await bus.dead_letters() == []
