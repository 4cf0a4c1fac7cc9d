"""Mail over a real SES: an outage loses no mail and doubles none."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clock import SystemClock
from shared.mail.mailer import Mail, MailFailed
from shared.mail.ses import SesMailer
from subgraphs.notifications.settings import LONGEST_PAUSE
from tests.stack.servers.ministack import CREDENTIALS, Ministack
from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import people, visit
from tests.subgraphs.notifications.telling import notifications, sender, statuses, tell


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ministack]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = Ministack()
    server.install()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def world(server: Ministack, mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    mailer = SesMailer.open(
        f"ses://eu-central-1?endpoint={server.url}&configuration_set=bmc", "care@bmc.test", SystemClock()
    )
    world = await World.open("notifications", mongo_url=mongo_url, folder=tmp_path, mailer=mailer)
    people(world)
    yield world
    await world.close()
    mailer.close()


async def taken(server: Ministack) -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        mails: list[dict[str, Any]] = (await client.get(f"{server.url}/_gate/mails")).json()
    return mails


async def test_mails_wait_while_ses_is_down_and_go_once_when_it_is_back(server: Ministack, world: World) -> None:
    visit(world, status="CONFIRMED")
    await tell(world, "user.registered", {"user_id": "usr_patient"})
    await sender(world).send_due()
    server.kill()
    await tell(world, "appointment.confirmed")

    assert await sender(world).send_due() == 2
    assert await statuses() == {"SENT": 1, "QUEUED": 2}

    server.start()
    world.clock.advance(LONGEST_PAUSE)
    await sender(world).send_due()
    world.clock.advance(timedelta(days=1))
    assert await sender(world).send_due() == 0
    assert await statuses() == {"SENT": 3}
    mails = await taken(server)
    ids = {notification.id for notification in await notifications()}
    assert {mail["tags"]["bmc-mail"] for mail in mails} == ids
    assert sorted(to for mail in mails for to in mail["to"]) == [
        "asha@people.example",
        "asha@people.example",
        "meera@doctors.example",
    ]
    assert {mail["configurationSet"] for mail in mails} == {"bmc"}


async def test_a_dead_ses_is_trouble_that_passes(server: Ministack) -> None:
    mailer = SesMailer.open(f"ses://eu-central-1?endpoint={server.url}", "care@bmc.test", SystemClock())
    mail = Mail(id="ntf_1", to="asha@example.org", subject="Hello", text="Hi", html="<p>Hi</p>")
    server.kill()

    with pytest.raises(MailFailed) as failed:
        await mailer.send(mail)
    server.start()
    await mailer.send(mail)

    assert not failed.value.permanent
    assert [one["tags"] for one in await taken(server)] == [{"bmc-mail": "ntf_1"}]
    mailer.close()
