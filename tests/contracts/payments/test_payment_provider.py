"""What every payment provider does: money moves once a key, and what became of it can always be found out."""

import asyncio

import pytest

from subgraphs.payments.service.provider import BadNotice, Charge, ProviderTimedOut
from tests.contracts.payments.adapters import OpenedProvider

KEY = "pay_1"


async def charge(till: OpenedProvider, method: str | None = None, key: str = KEY) -> Charge:
    return await till.provider.charge(key, 49_900, "INR", method or till.good)


async def test_a_charge_moves_its_amount_once_however_often_it_is_asked_for(till: OpenedProvider) -> None:
    answers = [await charge(till) for _ in range(3)]

    assert answers == [Charge(KEY, succeeded=True)] * 3
    assert await till.moved(KEY) == 49_900
    assert await till.provider.find_charge(KEY) == Charge(KEY, succeeded=True)


async def test_charges_at_once_by_one_key_are_one(till: OpenedProvider) -> None:
    answers = await asyncio.gather(*(charge(till) for _ in range(8)))

    assert set(answers) == {Charge(KEY, succeeded=True)}
    assert await till.moved(KEY) == 49_900


async def test_a_declined_card_moves_nothing_and_stays_declined(till: OpenedProvider) -> None:
    answers = [await charge(till, till.declined) for _ in range(2)]

    assert answers == [Charge(KEY, succeeded=False)] * 2
    assert await till.provider.find_charge(KEY) == Charge(KEY, succeeded=False)
    assert await till.moved(KEY) == 0


async def test_a_card_that_nobody_knows_is_declined(till: OpenedProvider) -> None:
    assert await charge(till, "pm_nonsense") == Charge(KEY, succeeded=False)
    assert await till.moved(KEY) == 0


async def test_a_charge_whose_answer_was_lost_is_found(till: OpenedProvider) -> None:
    with pytest.raises(ProviderTimedOut):
        await charge(till, till.lose_next_answer())

    assert await till.provider.find_charge(KEY) == Charge(KEY, succeeded=True)
    assert await till.moved(KEY) == 49_900


async def test_of_a_charge_that_was_never_asked_for_nothing_is_known(till: OpenedProvider) -> None:
    assert await till.provider.find_charge(KEY) is None


async def test_a_charge_that_was_given_up_never_happens(till: OpenedProvider) -> None:
    given_up = [await till.provider.give_up(KEY) for _ in range(2)]

    assert given_up == [Charge(KEY, succeeded=False)] * 2
    assert await charge(till) == Charge(KEY, succeeded=False)
    assert await till.provider.find_charge(KEY) == Charge(KEY, succeeded=False)
    assert await till.moved(KEY) == 0


async def test_a_charge_that_has_happened_cannot_be_given_up(till: OpenedProvider) -> None:
    await charge(till)

    assert await till.provider.give_up(KEY) == Charge(KEY, succeeded=True)
    assert await till.moved(KEY) == 49_900


async def test_refunds_give_back_once_a_key(till: OpenedProvider) -> None:
    await charge(till)

    for key, amount in [("ref_1", 900), ("ref_1", 900), ("ref_2", 9_000), ("ref_1", 900)]:
        await till.provider.refund(key, KEY, amount, "INR")

    assert await till.moved(KEY) == 40_000


@pytest.mark.parametrize("succeeded", [True, False])
async def test_a_signed_notice_is_read(till: OpenedProvider, succeeded: bool) -> None:
    notice = till.provider.read_notice(*till.notice(KEY, succeeded))

    assert notice is not None
    assert notice.charge == Charge(KEY, succeeded)


async def test_a_notice_with_another_text_or_signature_is_refused(till: OpenedProvider) -> None:
    body, signature = till.notice(KEY, True)

    for other_body, other_signature in [
        (body + b" ", signature),
        (body, ""),
        (body, "t=1,v1=00"),
        (body, "t=x"),
        (b"\xff", signature),
    ]:
        with pytest.raises(BadNotice):
            till.provider.read_notice(other_body, other_signature)
