"""Events through the whole distributed system while Kafka fails, lies or repeats itself; afterwards all is counted."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from shared.events.bus import Bus
from shared.events.envelope import Event
from shared.events.kafka_publisher import Record
from shared.ids import new_id
from tests.stack.native import NativeStack
from tests.stack.topics import Cluster
from tests.stack.waiting import PATIENCE
from tests.stories.client import Client, someone
from tests.stories.people import Doctor, Patient, confirmed
from tests.stories.shopping import (
    SLOTS_EACH,
    a_shopper,
    each_appointment_is_there_once,
    each_mail_came_once,
    keep_shopping,
    record_of,
)

pytestmark = pytest.mark.timeout(900)

OUTAGE_SECONDS = 60.0


async def test_a_minute_without_the_broker_costs_no_mutation_no_event_and_no_mail(
    stack: NativeStack, visitor: Client, admin: Client
) -> None:
    shoppers = [await a_shopper(visitor, admin, name) for name in ("Ana", "Ben")]
    kafka = stack.servers["kafka"]
    kafka.kill()
    ends = time.monotonic() + OUTAGE_SECONDS
    try:
        for place in range(SLOTS_EACH):
            # Every step must succeed at once: nobody tries again.
            await asyncio.gather(*(one.purchases[place].go_on(one.patient, one.doctor) for one in shoppers))
            await asyncio.sleep(max(0.0, ends - time.monotonic()) / (SLOTS_EACH - place))
        assert {one["status"] for each in shoppers for one in (await record_of(each))["appointments"]} == {
            "PENDING_PAYMENT"
        }
    finally:
        kafka.start()

    for shopper in shoppers:
        await each_appointment_is_there_once(shopper)
        await each_mail_came_once(visitor, shopper)


async def test_every_event_there_is_delivered_again_and_backwards_changes_nothing(
    visitor: Client, admin: Client, cluster: Cluster, bus: Bus
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana")
    await keep_shopping(shopper)
    await each_mail_came_once(visitor, shopper)
    (first, *_) = shopper.purchases
    given_back = {"appointmentId": first.appointment_id, "reason": "Ill", "idempotencyKey": someone("key")}
    await shopper.doctor.client.done("cancelAppointment", "appointment { status }", **given_back)
    await visitor.mail(shopper.patient.email, "Your refund of")
    await visitor.until(cluster.is_caught_up, "every event to be handled", PATIENCE)
    before = await record_of(shopper), await visitor.mails(shopper.patient.email)

    records = await cluster.everything()
    await cluster.send(records[::-1])

    await visitor.until(cluster.is_caught_up, "every event to be handled again", PATIENCE)
    assert len(await cluster.everything()) >= 2 * len(records)
    assert (await record_of(shopper), await visitor.mails(shopper.patient.email)) == before
    assert await bus.dead_letters() == []


async def test_what_no_consumer_can_read_is_set_aside_and_holds_nobody_up(
    visitor: Client, pair: tuple[Doctor, Patient], cluster: Cluster, bus: Bus
) -> None:
    doctor, patient = pair
    poison = Event(
        type="appointment.booked",
        source="appointments",
        subject=new_id("apt"),
        time=datetime.now(UTC),
        data={"version": "none"},
    )
    await cluster.send([Record("bmc.appointment", "junk", b"junk")])
    await bus.publish([poison])

    appointment_id = await confirmed(patient, doctor, doctor.slots[0])
    await visitor.mail(patient.email, "Confirmed:")
    await visitor.until(cluster.is_caught_up, "every event to be handled", PATIENCE)

    letters = await bus.dead_letters()
    assert {letter.event.id for letter in letters} == {poison.id}
    assert len({letter.group for letter in letters}) == len(letters) >= 2
    assert all(letter.error.startswith("the data does not fit ") for letter in letters)
    assert appointment_id != poison.subject
    for letter in letters:
        await bus.discard(letter.id)


async def test_a_worker_that_is_killed_is_taken_over_by_its_twin(
    stack: NativeStack, visitor: Client, admin: Client
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana")
    with stack.twin("worker-notifications"), stack.twin("worker-appointments"):
        shopping = asyncio.create_task(keep_shopping(shopper))

        async def in_the_middle() -> bool:
            return shopper.finished >= SLOTS_EACH // 2

        await visitor.until(in_the_middle, "the shopper to be in the middle of it", PATIENCE)
        with stack.held_down("worker-notifications"), stack.held_down("worker-appointments"):
            await shopping
            await each_appointment_is_there_once(shopper)
            await each_mail_came_once(visitor, shopper)
