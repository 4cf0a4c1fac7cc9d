"""Sending: once each, whoever delivers and whoever sends; nobody holds up another; what fails is seen and resent."""

import asyncio
from datetime import timedelta

import pytest

from shared.auth import Caller
from shared.mail.mailer import MailFailed
from subgraphs.notifications.settings import AT_ONCE, ATTEMPTS, KEPT_OFF, pause_after
from tests.subgraphs.callers import ADMIN, SUPPORT
from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import people, visit
from tests.subgraphs.notifications.telling import (
    StubbornMailer,
    notifications,
    sender,
    statuses,
    tell,
    types,
)

RESEND = """mutation($input: ResendNotificationInput!) { resendNotification(input: $input) {
  notification { id status attempts } userErrors { code field } } }"""
NOT_NOW = MailFailed("try later", permanent=False)
NEVER = MailFailed("no such mailbox", permanent=True)
ASHA = "asha@people.example"


def patients(world: World, count: int) -> list[str]:
    """Make more patients; answers their ids."""
    for number in range(count):
        details = {"firstName": f"P{number}", "email": f"p{number}@people.example", "timeZone": "UTC", "locale": "en"}
        world.peers.knows("User", f"usr_{number}", id=f"usr_{number}", **details)
    return [f"usr_{number}" for number in range(count)]


async def welcome(world: World, *user_ids: str) -> None:
    for user_id in user_ids:
        await tell(world, "user.registered", {"user_id": user_id})


async def test_an_event_that_is_delivered_again_tells_nobody_twice(world: World, mailer: StubbornMailer) -> None:
    visit(world, status="CONFIRMED")
    event = await tell(world, "appointment.confirmed")
    await world.redeliver(event)
    await sender(world).send_due()
    await world.redeliver(event)
    await sender(world).send_due()

    assert sorted(mail.to for mail in mailer.taken) == [ASHA, "meera@doctors.example"]
    assert await statuses() == {"SENT": 2}
    assert await types(world) == {"notification.sent": 2}


async def test_the_same_event_at_two_consumers_at_once_is_told_once(world: World, mailer: StubbornMailer) -> None:
    event = await tell(world, "user.registered", {"user_id": "usr_patient"})
    await asyncio.gather(*(world.redeliver(event) for _ in range(8)))

    await sender(world).send_due()

    assert [mail.to for mail in mailer.taken] == [ASHA]


async def test_two_senders_at_once_send_each_message_once(world: World, mailer: StubbornMailer) -> None:
    await welcome(world, *patients(world, 30))

    made = await asyncio.gather(*(sender(world).send_due() for _ in range(3)))

    assert sum(made) == 30
    assert sorted(mail.to for mail in mailer.taken) == sorted(f"p{number}@people.example" for number in range(30))
    assert await statuses() == {"SENT": 30}


async def test_a_recipient_who_fails_and_one_who_hangs_hold_up_nobody(world: World, mailer: StubbornMailer) -> None:
    ids = patients(world, 3 * AT_ONCE)
    mailer.refuses["p0@people.example"] = NOT_NOW
    mailer.held_up_by.add("p1@people.example")
    await welcome(world, *ids)

    sending = asyncio.create_task(sender(world).keep_sending())
    await mailer.has_taken(len(ids) - 2)
    await welcome(world, "usr_patient")
    await mailer.has_taken(len(ids) - 1)

    assert [mail.to for mail in mailer.taken if mail.to in {"p0@people.example", "p1@people.example"}] == []
    assert len(mailer.to(ASHA)) == 1
    mailer.released.set()
    await mailer.has_taken(len(ids))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert len(mailer.to("p1@people.example")) == 1


async def test_what_a_dead_sender_had_taken_is_sent_by_another_later(world: World, mailer: StubbornMailer) -> None:
    await welcome(world, "usr_patient")
    assert await sender(world).repository.take_due(world.clock.now(), KEPT_OFF) is not None
    assert await sender(world).send_due() == 0

    world.clock.advance(KEPT_OFF)

    assert await sender(world).send_due() == 1
    assert [mail.to for mail in mailer.taken] == [ASHA]


async def test_a_failing_message_is_tried_with_growing_pauses_then_failed_for_all_to_see(
    world: World, mailer: StubbornMailer
) -> None:
    mailer.refuses[ASHA] = NOT_NOW
    await welcome(world, "usr_patient")

    for attempt in range(1, ATTEMPTS):
        assert await sender(world).send_due() == 1
        world.clock.advance(pause_after(attempt) - timedelta(milliseconds=1))
        assert await sender(world).send_due() == 0
        world.clock.advance(timedelta(milliseconds=1))
    assert await statuses() == {"QUEUED": 1}
    await sender(world).send_due()

    (failed,) = await notifications()
    assert (failed.status.value, failed.attempts, failed.last_error) == ("FAILED", ATTEMPTS, "MailFailed")
    assert await types(world) == {"notification.failed": 1}
    world.clock.advance(timedelta(days=1))
    assert await sender(world).send_due() == 0


async def test_what_can_never_be_delivered_fails_at_once(world: World, mailer: StubbornMailer) -> None:
    mailer.refuses[ASHA] = NEVER
    await welcome(world, "usr_patient")

    await sender(world).send_due()

    assert await statuses() == {"FAILED": 1}


@pytest.mark.parametrize("staff", [ADMIN, SUPPORT])
async def test_staff_have_a_failed_message_sent_again(world: World, mailer: StubbornMailer, staff: Caller) -> None:
    mailer.refuses[ASHA] = NEVER
    await welcome(world, "usr_patient")
    await sender(world).send_due()
    (failed,) = await notifications()
    del mailer.refuses[ASHA]

    answer = await world.ask(RESEND, {"input": {"notificationId": failed.id}}, as_=staff)
    await sender(world).send_due()

    assert answer["data"]["resendNotification"] == {
        "notification": {"id": failed.id, "status": "QUEUED", "attempts": 0},
        "userErrors": [],
    }
    assert [(mail.to, mail.id) for mail in mailer.taken] == [(ASHA, failed.id)]
    assert await statuses() == {"SENT": 1}
    assert await types(world) == {"notification.failed": 1, "audit.recorded": 1, "notification.sent": 1}


async def test_only_what_failed_is_sent_again(world: World, mailer: StubbornMailer) -> None:
    await welcome(world, "usr_patient")
    await sender(world).send_due()
    (sent,) = await notifications()

    for notification_id, code in ((sent.id, "INVALID_STATE"), ("ntf_nowhere", "NOT_FOUND")):
        answer = await world.ask(RESEND, {"input": {"notificationId": notification_id}}, as_=ADMIN)
        refused = {"notification": None, "userErrors": [{"code": code, "field": ["notificationId"]}]}
        assert answer["data"]["resendNotification"] == refused
    await sender(world).send_due()

    assert len(mailer.taken) == 1
    assert await types(world) == {"notification.sent": 1}


async def test_while_an_owner_of_facts_is_down_only_its_messages_wait(world: World, mailer: StubbornMailer) -> None:
    world.peers.down.add("users")
    await welcome(world, "usr_patient")
    await tell(world, "doctor.approved", {"doctor_id": "doc_doctor"})

    await sender(world).send_due()
    assert [mail.to for mail in mailer.taken] == ["meera@doctors.example"]
    assert await statuses() == {"SENT": 1, "QUEUED": 1}

    world.peers.down.clear()
    world.clock.advance(timedelta(minutes=1))
    await sender(world).send_due()
    assert [mail.to for mail in mailer.taken] == ["meera@doctors.example", ASHA]


async def test_a_new_account_is_written_to_in_its_profiles_language_though_the_profile_comes_later(
    world: World, mailer: StubbornMailer
) -> None:
    del world.peers.entities["User"]["usr_patient"]
    await tell(world, "account.created", {"account_id": "acc_patient"})
    await sender(world).send_due()
    assert await statuses() == {"QUEUED": 1}

    people(world)
    world.peers.knows("User", "usr_patient", locale="hi")
    world.clock.advance(pause_after(1))
    await sender(world).send_due()

    (mail,) = mailer.taken
    assert 'lang="hi"' in mail.html


async def test_an_account_that_never_gets_a_profile_is_written_to_all_the_same(
    world: World, mailer: StubbornMailer
) -> None:
    del world.peers.entities["User"]["usr_patient"]
    await tell(world, "account.created", {"account_id": "acc_patient"})
    for attempt in range(1, 5):
        await sender(world).send_due()
        world.clock.advance(pause_after(attempt))

    (mail,) = mailer.taken
    assert mail.subject == "Verify your e-mail address"
    assert "Hello," in mail.text


async def test_the_same_event_always_carries_the_same_link(world: World, mailer: StubbornMailer) -> None:
    event = await tell(world, "account.password_reset_requested", {"account_id": "acc_patient"})

    await sender(world).send_due()

    (mail,) = mailer.taken
    assert f"http://127.0.0.1:4000/reset-password?token=token-of-{event.id}" in mail.text
    asked = [variables["input"] for _, query, variables in world.peers.asked if "issueMailToken" in query]
    assert asked == [{"accountId": "acc_patient", "purpose": "RESET_PASSWORD", "eventId": event.id}]
