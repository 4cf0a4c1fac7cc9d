"""A platform that is stopped, or killed at work, and started again: nothing is lost and nothing is doubled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.stories.client import Client, someone
from tests.stories.people import Doctor, Patient, a_doctor, a_patient, confirmed, slots_of, status_of
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform

ROUNDS = 2
SLOTS_EACH = 10
UNCERTAIN = (httpx.TransportError, ValueError)
"""What a client sees when the platform dies under it: a broken connection, or an answer that is cut off."""


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform that these tests may stop and kill; each leaves it running."""
    running = RunningPlatform(tmp_path_factory.mktemp("restarted"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def someone_there(restarted: RunningPlatform) -> AsyncIterator[Client]:
    async with Client(restarted.url) as client:
        yield client


async def test_what_was_there_before_a_clean_stop_is_there_after_it(
    restarted: RunningPlatform, someone_there: Client
) -> None:
    admin = await someone_there.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    doctor, patient = await asyncio.gather(a_doctor(someone_there, admin), a_patient(someone_there))
    appointment_id = await confirmed(patient, doctor, doctor.slots[0])
    await someone_there.mail(patient.email, "Receipt BMC-")
    followed = "subscription($id: ID) { appointmentUpdated(appointmentId: $id) { change } }"

    async with patient.client.following(followed, id=appointment_id):
        said = restarted.stop()
    restarted.start()

    assert said.splitlines()[-1] == "stopped"
    assert "Traceback" not in said
    assert await status_of(patient.client, appointment_id) == "CONFIRMED"
    assert await status_of(doctor.client, appointment_id) == "CONFIRMED"
    await someone_there.mail(patient.email, "Receipt BMC-")
    assert await slots_of(someone_there, doctor) == doctor.slots[1:]
    session = await someone_there.done(
        "refreshSession", "session { accessToken }", refreshToken=patient.client.refresh_token
    )
    renewed = Client(restarted.url, session["session"]["accessToken"])
    assert await status_of(renewed, appointment_id) == "CONFIRMED"
    await renewed.__aexit__()


async def test_a_second_start_on_the_same_folder_refuses_with_one_line(
    restarted: RunningPlatform, someone_there: Client
) -> None:
    status, said = await RunningPlatform(restarted.home).refusal()

    assert status == 1
    assert said.startswith(f"bmc: BookMyConsultation already runs on {restarted.home} (process ")
    assert said.count("\n") == 1
    assert (await someone_there.fetch("/ready")).status_code == 200


async def test_a_port_that_is_taken_is_refused_with_one_line(restarted: RunningPlatform, tmp_path: Any) -> None:
    status, said = await RunningPlatform(tmp_path, port=restarted.port).refusal()

    assert (status, said) == (
        1,
        f"bmc: BMC_PORT: cannot listen on 127.0.0.1:{restarted.port} (Address already in use)\n",
    )


@pytest.mark.parametrize(
    ("setting", "value"),
    [("BMC_PORT", "abc"), ("BMC_HOLD_SECONDS", "0"), ("BMC_BUS_URL", "carrier-pigeon://loft"), ("BMC_ENV", "prod")],
)
async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    setting: str, value: str, tmp_path: Any
) -> None:
    status, said = await RunningPlatform(tmp_path, settings={setting: value}).refusal()

    assert status == 1
    assert said.startswith(f"bmc: {setting}: ")
    assert said.count("\n") == 1


@dataclass
class Purchase:
    """A slot that a patient wants, and how far they know to have come."""

    slot: dict[str, Any]
    to_be_paid: bool
    book_key: str = field(default_factory=lambda: someone("book"))
    pay_key: str = field(default_factory=lambda: someone("pay"))
    appointment_id: str | None = None
    paid: bool = False

    async def go_on(self, patient: Patient, doctor: Doctor) -> None:
        """Go on from where it was cut short: the same requests again, under the same keys."""
        if self.appointment_id is None:
            wish = {"doctorId": doctor.id, "startsAt": self.slot["startsAt"], "idempotencyKey": self.book_key}
            booked = await patient.client.done("bookAppointment", "appointment { id }", **wish)
            self.appointment_id = booked["appointment"]["id"]
        if self.to_be_paid and not self.paid:
            order = {"appointmentId": self.appointment_id, "paymentMethod": "pm_card_visa"}
            payment = await patient.client.done(
                "payAppointment", "payment { status }", **order, idempotencyKey=self.pay_key
            )
            self.paid = payment["payment"]["status"] == "SUCCEEDED"


@dataclass
class Shopper:
    """A patient with a doctor of their own and a list of slots to buy; every other one stays unpaid."""

    patient: Patient
    doctor: Doctor
    purchases: list[Purchase]

    @property
    def finished(self) -> int:
        return sum(1 for one in self.purchases if one.appointment_id and one.paid == one.to_be_paid)

    async def shop(self) -> None:
        """Buy until everything is bought, or the platform dies."""
        try:
            for purchase in self.purchases:
                await purchase.go_on(self.patient, self.doctor)
        except UNCERTAIN:
            return


async def a_shopper(anyone: Client, admin: Client, name: str) -> Shopper:
    doctor, patient = await asyncio.gather(a_doctor(anyone, admin), a_patient(anyone, name))
    purchases = [Purchase(slot, place % 2 == 0) for place, slot in enumerate(doctor.slots[:SLOTS_EACH])]
    return Shopper(patient, doctor, purchases)


@pytest.mark.timeout(400)
async def test_kill_9_under_load_loses_nothing_and_doubles_nothing(
    restarted: RunningPlatform, someone_there: Client
) -> None:
    admin = await someone_there.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    shoppers = [await a_shopper(someone_there, admin, name) for name in ("Ana", "Ben", "Cai")]

    for number in range(1, ROUNDS + 1):
        shopping = [asyncio.create_task(shopper.shop()) for shopper in shoppers]
        enough = number * len(shoppers) * SLOTS_EACH // (ROUNDS + 1)

        async def look(enough: int = enough) -> bool:
            return sum(shopper.finished for shopper in shoppers) >= enough

        await someone_there.until(look, "the shoppers to be in the middle of it")
        restarted.kill()
        await asyncio.gather(*shopping)
        restarted.start()
    await asyncio.gather(*(shopper.shop() for shopper in shoppers))

    for shopper in shoppers:
        assert shopper.finished == SLOTS_EACH
        await each_appointment_is_there_once(shopper)
        await each_mail_came_once(someone_there, shopper)


RECORD = """query($id: ID!) { user(id: $id) {
  appointments(first: 100) { edges { node { id status startsAt } } }
  payments(first: 100) { edges { node { status appointment { id } } } }
  notifications(first: 100) { edges { node { kind status } } } } }"""


async def record_of(shopper: Shopper) -> dict[str, list[dict[str, Any]]]:
    user = (await shopper.patient.client.ask(RECORD, id=shopper.patient.id))["user"]
    return {name: [edge["node"] for edge in connection["edges"]] for name, connection in user.items()}


async def each_appointment_is_there_once(shopper: Shopper) -> None:
    wanted = {
        one.appointment_id: ("CONFIRMED" if one.to_be_paid else "PENDING_PAYMENT", one.slot["startsAt"])
        for one in shopper.purchases
    }

    async def look() -> bool:
        record = await record_of(shopper)
        return {one["id"]: (one["status"], one["startsAt"]) for one in record["appointments"]} == wanted

    await shopper.patient.client.until(look, "every paid appointment to be confirmed")
    record = await record_of(shopper)
    assert len(record["appointments"]) == SLOTS_EACH
    paid = Counter((one["appointment"]["id"], one["status"]) for one in record["payments"])
    assert paid == {(one.appointment_id, "SUCCEEDED"): 1 for one in shopper.purchases if one.to_be_paid}


async def each_mail_came_once(anyone: Client, shopper: Shopper) -> None:
    due = {
        "payment_receipt": SLOTS_EACH // 2,
        "appointment_confirmed": SLOTS_EACH // 2,
        "appointment_booked": SLOTS_EACH,
    }

    async def look() -> bool:
        notifications = (await record_of(shopper))["notifications"]
        told = Counter(one["kind"] for one in notifications)
        settled = all(one["status"] in {"SENT", "SUPPRESSED"} for one in notifications)
        return settled and all(told[kind] >= count for kind, count in due.items())

    # What the killed process was sending is kept off for half a minute, lest it still be at it.
    await anyone.until(look, "every message to be sent", patience=120)
    told = Counter(one["kind"] for one in (await record_of(shopper))["notifications"])
    assert {kind: told[kind] for kind in due} == due
    mails = await anyone.mails(shopper.patient.email)
    assert len({mail.text for mail in mails}) == len(mails)
    beginnings = Counter(mail.subject.split(" ")[0] for mail in mails)
    assert beginnings["Receipt"] == beginnings["Confirmed:"] == SLOTS_EACH // 2
    # Who has paid before the mail is sent is not asked to pay.
    assert SLOTS_EACH // 2 <= sum("please pay by" in mail.subject for mail in mails) <= SLOTS_EACH
    confirmations = [mail.subject for mail in await anyone.mails(shopper.doctor.email) if "Confirmed" in mail.subject]
    assert len(confirmations) == len(set(confirmations)) == SLOTS_EACH // 2
