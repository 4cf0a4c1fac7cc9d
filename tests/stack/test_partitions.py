"""The network between parts and servers is cut: nobody is told, bytes just do not arrive, and then it heals."""

import asyncio
import contextlib

import pytest

from shared.events.bus import Bus
from tests.stack.cuts import way_to
from tests.stack.native import NativeStack
from tests.stack.servers.kafka import Kafka
from tests.stack.topics import Cluster
from tests.stack.waiting import PATIENCE, ready
from tests.stories.client import Answered, Client, someone
from tests.stories.people import a_patient, book
from tests.stories.shopping import (
    Shopper,
    a_shopper,
    each_appointment_is_there_once,
    each_mail_came_once,
    keep_shopping,
)

pytestmark = pytest.mark.timeout(900)

OF_FOUR = """query($doctor: ID!) { me { email } doctor(id: $doctor) { lastName }
  appointment(id: "apt_none") { status } payment(id: "pay_none") { status } }"""
CUT_OFF = ("worker-appointments", "worker-payments", "worker-notifications")


async def in_the_middle(visitor: Client, shopper: Shopper) -> None:
    async def look() -> bool:
        return shopper.finished >= len(shopper.purchases) // 2

    await visitor.until(look, "the shopper to be in the middle of it", PATIENCE)


async def test_subgraphs_cut_off_from_their_stores_say_so_in_time_and_nothing_is_booked_twice(
    stack: NativeStack, visitor: Client, admin: Client
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana")
    patient, rival, doctor = await a_patient(visitor), await a_patient(visitor), shopper.doctor
    wanted, key = doctor.slots[-1], someone("key")
    with contextlib.ExitStack() as led:
        sql, sql_url = led.enter_context(way_to(stack.setting("appointments", "BMC_SQL_URL")))
        mongo, mongo_url = led.enter_context(way_to(stack.setting("payments", "BMC_MONGO_URL")))
        # A replica set tells its clients where its members are, which is not by our way.
        mongo_url = mongo_url.replace("replicaSet=rs0", "directConnection=true")
        led.enter_context(stack.led_round("appointments", {"BMC_SQL_URL": sql_url}))
        led.enter_context(stack.led_round("payments", {"BMC_MONGO_URL": mongo_url}))
        shopping = asyncio.create_task(keep_shopping(shopper))
        await in_the_middle(visitor, shopper)
        sql.cut()
        mongo.cut()
        booking = asyncio.create_task(book(patient, doctor, wanted, key))
        answer = (await patient.client.post(OF_FOUR, doctor=doctor.id)).json()
        with pytest.raises(Answered) as answered:
            await booking
        assert answered.value.codes == ["SUBGRAPH_UNAVAILABLE"]
        assert answer["data"]["me"] == {"email": patient.email}
        assert answer["data"]["doctor"]["lastName"].startswith("Iyer")
        assert {(*error["path"], error["extensions"]["code"]) for error in answer["errors"]} == {
            ("appointment", "SUBGRAPH_UNAVAILABLE"),
            ("payment", "SUBGRAPH_UNAVAILABLE"),
        }
        sql.heal()
        mongo.heal()
        await ready(stack, visitor, ["appointments", "payments"])

        tried = await asyncio.gather(book(patient, doctor, wanted, key), book(rival, doctor, wanted))
        await shopping
        await each_appointment_is_there_once(shopper)
        await each_mail_came_once(visitor, shopper)
    assert sorted([error["code"] for error in payload["userErrors"]] for payload in tried) == [[], ["SLOT_UNAVAILABLE"]]


async def test_workers_cut_off_from_the_broker_are_taken_over_and_come_back_when_it_heals_and_double_nothing(
    stack: NativeStack, visitor: Client, admin: Client, cluster: Cluster, bus: Bus
) -> None:
    shopper = await a_shopper(visitor, admin, "Ana")
    kafka = stack.servers["kafka"]
    assert isinstance(kafka, Kafka)
    with kafka.way() as (way, url), contextlib.ExitStack() as parts:
        for part in CUT_OFF:
            parts.enter_context(stack.led_round(part, {"BMC_BUS_URL": url}))
            parts.enter_context(stack.twin(part))
        shopping = asyncio.create_task(keep_shopping(shopper))
        await in_the_middle(visitor, shopper)
        way.cut()
        await shopping
        # Only who has taken over can have done it.
        await each_appointment_is_there_once(shopper)
        way.heal()
        await each_mail_came_once(visitor, shopper)
        await visitor.until(cluster.is_caught_up, "every event to be handled", PATIENCE)
    assert await bus.dead_letters() == []
