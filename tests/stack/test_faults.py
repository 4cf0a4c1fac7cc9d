"""What becomes of the distributed system when its parts fail: defined answers meanwhile, and afterwards all is counted.

NOTE: A mail that SES took from a worker killed at that moment is sent again (SES knows no idempotency): mails are told
apart by the id that they carry, and copies count as one. Servers end with the thread that started them, so they are
started from the main one, although it blocks.
"""

import asyncio

import pytest

from tests.stack.native import NativeStack
from tests.stack.waiting import PATIENCE, ready
from tests.stories.client import Answered, Client, someone
from tests.stories.people import Doctor, Patient, book, confirmed, slots_of, status_of
from tests.stories.shopping import (
    SLOTS_EACH,
    a_shopper,
    each_appointment_is_there_once,
    each_mail_came_once,
    keep_shopping,
)

pytestmark = pytest.mark.timeout(900)

KILLED_TOGETHER = (
    ("appointments", "worker-payments", "security", "worker-notifications"),
    ("payments", "worker-appointments", "notifications", "users"),
    ("router", "doctors", "worker-security", "worker-users", "worker-doctors", "ratings", "worker-ratings"),
)
"""Every part, in three groups of which each cuts through the middle of a purchase."""


async def test_every_part_killed_under_load_loses_nothing_and_doubles_nothing(
    stack: NativeStack, visitor: Client, admin: Client
) -> None:
    assert sorted(part for group in KILLED_TOGETHER for part in group) == sorted(stack.parts)
    shoppers = [await a_shopper(visitor, admin, name) for name in ("Ana", "Ben", "Cai")]
    shopping = [asyncio.create_task(keep_shopping(shopper)) for shopper in shoppers]

    for number, group in enumerate(KILLED_TOGETHER, 1):
        enough = number * len(shoppers) * SLOTS_EACH // (len(KILLED_TOGETHER) + 1)

        async def look(enough: int = enough) -> bool:
            return sum(shopper.finished for shopper in shoppers) >= enough

        await visitor.until(look, "the shoppers to be in the middle of it", PATIENCE)
        await asyncio.gather(*(asyncio.to_thread(stack.kill, part) for part in group))
        await ready(stack, visitor, group)
    await asyncio.gather(*shopping)

    for shopper in shoppers:
        await each_appointment_is_there_once(shopper)
        await each_mail_came_once(visitor, shopper)


async def test_with_sql_gone_booking_says_so_and_the_retry_books_once(
    stack: NativeStack, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    doctor, patient = pair
    key = someone("key")
    sql = stack.servers["mysql"]
    sql.kill()
    try:
        with pytest.raises(Answered) as answered:
            await book(patient, doctor, doctor.slots[0], key)
        assert set(answered.value.codes) == {"SUBGRAPH_UNAVAILABLE"}
        found = await visitor.ask("query($id: ID!) { doctor(id: $id) { lastName } }", id=doctor.id)
        assert found["doctor"] is not None
    finally:
        sql.start()
    await ready(stack, visitor, ["appointments", "worker-appointments"])

    first, again = await book(patient, doctor, doctor.slots[0], key), await book(patient, doctor, doctor.slots[0], key)

    assert first["userErrors"] == again["userErrors"] == []
    assert first["appointment"]["id"] == again["appointment"]["id"]
    assert await slots_of(visitor, doctor) == doctor.slots[1:]


async def test_with_the_documents_gone_signing_in_says_so_and_works_again_without_a_hand(
    stack: NativeStack, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    doctor, patient = pair
    mongo = stack.servers["mongo"]
    mongo.kill()
    try:
        with pytest.raises(Answered) as answered:
            await visitor.sign_in(patient.email, "a quiet street 42")
        assert set(answered.value.codes) == {"SUBGRAPH_UNAVAILABLE"}
    finally:
        mongo.start()
    await ready(stack, visitor, stack.parts)

    appointment_id = await confirmed(patient, doctor, doctor.slots[0])

    assert await status_of(doctor.client, appointment_id) == "CONFIRMED"


async def test_with_mail_and_files_gone_booking_goes_on_and_the_mails_come_later(
    stack: NativeStack, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    doctor, patient = pair
    amazon = stack.servers["ministack"]
    amazon.kill()
    try:
        appointment_id = await confirmed(patient, doctor, doctor.slots[0])
    finally:
        amazon.start()

    async def came() -> bool:
        return any(mail.subject.startswith("Confirmed:") for mail in await visitor.mails(patient.email))

    await visitor.until(came, "the mail that could not be sent", PATIENCE)
    assert await status_of(patient.client, appointment_id) == "CONFIRMED"


async def test_a_subgraph_that_is_down_takes_away_only_what_is_its_own(
    stack: NativeStack, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    doctor, patient = pair
    query = "query($id: ID!) { doctor(id: $id) { lastName ratings(first: 1) { edges { node { stars } } } } }"
    with stack.held_down("ratings"):
        answer = (await visitor.post(query, id=doctor.id)).json()
        assert (await book(patient, doctor, doctor.slots[0]))["userErrors"] == []

    assert answer["data"]["doctor"] is None or answer["data"]["doctor"]["lastName"].startswith("Iyer")
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SUBGRAPH_UNAVAILABLE"}
    assert (await visitor.ask(query, id=doctor.id))["doctor"]["ratings"] == {"edges": []}


async def test_signing_keys_rotate_beside_the_running_parts_and_refuse_nobody(
    stack: NativeStack, visitor: Client, pair: tuple[Doctor, Patient]
) -> None:
    _, patient = pair
    asked = "{ me { email } }"
    rotating = asyncio.create_task(asyncio.to_thread(stack.command, "rotate-keys"))

    answers = []
    while not rotating.done():
        answers.append(await patient.client.ask(asked))
        signed_in = await visitor.sign_in(patient.email, "a quiet street 42")
        answers.append(await signed_in.ask(asked))

    done = await rotating
    assert (done.returncode, done.stdout.startswith("access tokens are signed with key_")) == (0, True)
    assert [answer["me"] for answer in answers] == [{"email": patient.email}] * len(answers)
    assert answers
