"""A platform that is stopped, or killed at work, and started again: nothing is lost and nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.stories.client import Client
from tests.stories.people import a_doctor, a_patient, confirmed, slots_of, status_of
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform
from tests.stories.shopping import SLOTS_EACH, a_shopper, each_appointment_is_there_once, each_mail_came_once

ROUNDS = 2


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """A platform that these tests may stop and kill; each leaves it running."""
    with RunningPlatform(tmp_path_factory.mktemp("restarted")) as running:
        yield running


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
    [
        ("BMC_PORT", "abc"),
        ("BMC_HOST", "nowhere.invalid"),
        ("BMC_HOME", "/proc/nowhere"),
        ("BMC_PUBLIC_URL", "nonsense"),
        ("BMC_HOLD_SECONDS", "0"),
        ("BMC_BUS_URL", "carrier-pigeon://loft"),
        ("BMC_ENV", "prod"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    setting: str, value: str, tmp_path: Any
) -> None:
    status, said = await RunningPlatform(tmp_path, settings={setting: value}).refusal()

    assert status == 1
    assert said.startswith(f"bmc: {setting}: ")
    assert said.count("\n") == 1


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


@pytest.mark.timeout(400)
async def test_a_mongod_that_is_killed_under_load_is_started_again_and_nothing_is_lost_or_doubled(
    restarted: RunningPlatform, someone_there: Client
) -> None:
    admin = await someone_there.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    shopper = await a_shopper(someone_there, admin, "Dan")

    async def keep_shopping() -> None:
        while shopper.finished < SLOTS_EACH:
            await shopper.shop()
            await asyncio.sleep(0.2)

    async def look() -> bool:
        return shopper.finished >= SLOTS_EACH // 2

    shopping = asyncio.create_task(keep_shopping())
    await someone_there.until(look, "the shopper to be in the middle of it")
    restarted.kill_mongod()
    await shopping

    await each_appointment_is_there_once(shopper)
    await each_mail_came_once(someone_there, shopper)
