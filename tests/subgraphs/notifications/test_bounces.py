"""Bounces and complaints, from SNS's post to the mail that is not sent; and what is refused, leaving no trace."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clients.transport import HttpAnswer
from shared.settings import WrongSetting
from subgraphs.notifications.app import LARGEST_NOTICE
from subgraphs.notifications.documents import SuppressionDocument
from tests.shared.mail.test_ses_notices import bounce, complaint
from tests.shared.sns_sender import CERTIFICATE_URL, SUBSCRIBE_URL, TOPIC, SnsSender, certificate
from tests.subgraphs.harness import MONDAY, World
from tests.subgraphs.notifications.conftest import people, visit
from tests.subgraphs.notifications.telling import ACCOUNT, StubbornMailer, sender, statuses, tell, types

ASHA = "asha@people.example"
SNS = SnsSender(MONDAY)


@pytest.fixture
async def world(
    mongo_url: str, tmp_path: Path, mailer: StubbornMailer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setenv("BMC_NOTIFICATIONS_SES_TOPIC", TOPIC)
    world = await World.open("notifications", mongo_url=mongo_url, folder=tmp_path, mailer=mailer)
    people(world)
    visit(world, status="CONFIRMED")
    world.peers.mutations["issueMailToken"] = lambda _: {"token": "token"}
    world.peers.pages[CERTIFICATE_URL] = HttpAnswer(200, {}, certificate(MONDAY))
    yield world
    await world.close()


async def post(world: World, body: bytes) -> int:
    """Post as SNS does; answers the status."""
    transport = httpx.ASGITransport(app=world.subgraph.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as client:
        headers = {"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
        return (await client.post("/webhooks/mail/ses", content=body, headers=headers)).status_code


async def suppressed() -> list[tuple[str, str | None]]:
    return [(row.reason.value, row.notification_id) for row in await SuppressionDocument.find_all().to_list()]


EVERYDAY: list[tuple[str, dict[str, Any] | None]] = [
    ("user.registered", {"user_id": "usr_patient"}),
    ("appointment.confirmed", None),
]
SECURITY: list[tuple[str, dict[str, Any] | None]] = [
    ("account.created", ACCOUNT),
    ("account.password_reset_requested", ACCOUNT),
    ("account.password_changed", ACCOUNT),
]


async def told(world: World, events: list[tuple[str, dict[str, Any] | None]]) -> None:
    for type_, data in events:
        await tell(world, type_, data)
    await sender(world).send_due()


async def test_after_a_bounce_for_good_an_address_gets_no_mail_whatever_it_says(
    world: World, mailer: StubbornMailer
) -> None:
    assert await post(world, SNS.notification(bounce("Permanent", ASHA.upper()))) == 200

    await told(world, EVERYDAY + SECURITY)

    assert await suppressed() == [("BOUNCED", "ntf_1")]
    assert [mail.to for mail in mailer.taken] == ["meera@doctors.example"]
    assert await statuses() == {"SUPPRESSED": 5, "SENT": 1}
    assert await types(world) == {"notification.sent": 1}


async def test_after_a_complaint_only_what_keeps_the_account_safe_is_sent(world: World, mailer: StubbornMailer) -> None:
    assert await post(world, SNS.notification(complaint(ASHA))) == 200

    await told(world, EVERYDAY)
    assert mailer.to(ASHA) == []
    await told(world, SECURITY)

    assert await suppressed() == [("COMPLAINED", "ntf_1")]
    assert len(mailer.to(ASHA)) == 3


async def test_a_bounce_that_may_pass_stops_nothing(world: World, mailer: StubbornMailer) -> None:
    assert await post(world, SNS.notification(bounce("Transient", ASHA))) == 200

    await told(world, EVERYDAY)

    assert await suppressed() == []
    assert len(mailer.to(ASHA)) == 2


async def test_a_bounce_outweighs_a_complaint_and_is_not_outweighed(world: World) -> None:
    for number, text in enumerate([complaint(ASHA), bounce("Permanent", ASHA), complaint(ASHA)]):
        assert await post(world, SNS.notification(text, message_id=f"msg-{number}")) == 200

    assert await suppressed() == [("BOUNCED", "ntf_1")]


async def test_a_notice_told_again_does_not_undo_what_was_done_since(world: World, mailer: StubbornMailer) -> None:
    notice = SNS.notification(bounce("Permanent", ASHA))
    assert await post(world, notice) == 200
    await SuppressionDocument.find_all().delete()

    assert await post(world, notice) == 200
    await told(world, EVERYDAY)

    assert await suppressed() == []
    assert len(mailer.to(ASHA)) == 2


async def test_no_address_is_kept(world: World) -> None:
    await post(world, SNS.notification(bounce("Permanent", ASHA)))

    store = world.subgraph.stores[0]
    rows = [row async for row in store.database["suppressions"].find({})]  # type: ignore[attr-defined]
    assert len(rows) == 1
    assert "asha" not in str(rows)


BOUNCE = bounce("Permanent", ASHA)
REFUSED = {
    "nothing": (b"", 400),
    "no message": (b'{"hello": 1}', 400),
    "no notice": (SNS.notification('{"eventType": "Bounce"}'), 400),
    "forged": (replace(SNS, whose="somebody else").notification(BOUNCE), 403),
    "altered": (SNS.notification(BOUNCE).replace(b"asha", b"boris"), 403),
    "of another topic": (replace(SNS, changes={"TopicArn": f"{TOPIC}-2"}).notification(BOUNCE), 403),
    "old": (replace(SNS, now=MONDAY - timedelta(days=8)).notification(BOUNCE), 403),
    "large": (b" " * (LARGEST_NOTICE + 1), 413),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_malformed_or_forged_is_refused_and_leaves_no_trace(
    world: World, mailer: StubbornMailer, case: str
) -> None:
    body, status = REFUSED[case]

    assert await post(world, body) == status
    await told(world, EVERYDAY)

    assert await suppressed() == []
    assert len(mailer.to(ASHA)) == 2
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]
    assert await database["inbox"].count_documents({"_id": {"$regex": "^mail-notices"}}) == 0


async def test_a_subscription_is_confirmed(world: World) -> None:
    world.peers.pages[SUBSCRIBE_URL] = HttpAnswer(200, {}, b"<ConfirmSubscriptionResponse/>")

    assert await post(world, SNS.confirmation()) == 200
    assert world.peers.fetched == [CERTIFICATE_URL, SUBSCRIBE_URL]


async def test_a_forged_subscription_is_not(world: World) -> None:
    assert await post(world, replace(SNS, whose="somebody else").confirmation()) == 403
    assert await post(world, SNS.confirmation(url="https://evil.example/")) == 403
    assert SUBSCRIBE_URL not in world.peers.fetched


async def test_the_end_of_a_subscription_is_taken_note_of(world: World, caplog: pytest.LogCaptureFixture) -> None:
    assert await post(world, SNS.confirmation(kind="UnsubscribeConfirmation")) == 200

    assert ("ERROR", "the topic of mail notices is not subscribed to any more") in {
        (record.levelname, record.message) for record in caplog.records
    }
    assert SUBSCRIBE_URL not in world.peers.fetched


async def test_what_cannot_be_told_now_is_to_be_posted_again(world: World) -> None:
    notice = SNS.notification(BOUNCE)
    world.peers.down.add("sns.eu-central-1.amazonaws.com")
    assert await post(world, notice) == 503
    assert await suppressed() == []

    world.peers.down.clear()

    assert await post(world, notice) == 200
    assert await suppressed() == [("BOUNCED", "ntf_1")]


async def test_without_a_topic_nobody_listens(mongo_url: str, tmp_path: Path, mailer: StubbornMailer) -> None:
    world = await World.open("notifications", mongo_url=mongo_url, folder=tmp_path, mailer=mailer)

    assert await post(world, SNS.notification(BOUNCE)) == 404

    await world.close()


async def test_a_topic_that_is_none_stops_the_start(
    mongo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BMC_NOTIFICATIONS_SES_TOPIC", "bmc-mail")

    with pytest.raises(WrongSetting, match="BMC_NOTIFICATIONS_SES_TOPIC"):
        await World.open("notifications", mongo_url=mongo_url, folder=tmp_path)
