"""Who may read whose messages, choose what they are told, and have something sent again."""

from dataclasses import replace
from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from tests.subgraphs.callers import (
    ADMIN,
    DOCTOR,
    EXPIRED,
    OTHER_DOCTOR,
    OTHER_PATIENT,
    PATIENT,
    SUPPORT,
    UNVERIFIED,
    service,
)
from tests.subgraphs.harness import World, code_of
from tests.subgraphs.notifications.conftest import visit
from tests.subgraphs.notifications.telling import StubbornMailer, notifications, sender, tell, types

ONE = "query($id: ID!) { notification(id: $id) { kind subject status } }"
MINE = """query($representations: [_Any!]!) { _entities(representations: $representations) { ... on User {
  notifications(first: 2) { edges { node { kind } } pageInfo { hasNextPage endCursor } }
  notificationPreferences { reminders marketing locale } } } }"""
PREFER = """mutation($input: UpdateNotificationPreferencesInput!) { updateNotificationPreferences(input: $input) {
  preferences { reminders marketing locale } userErrors { code } } }"""
RESEND = """mutation($input: ResendNotificationInput!) { resendNotification(input: $input) {
  notification { id } userErrors { code } } }"""
USER = {"representations": [{"__typename": "User", "id": "usr_patient"}]}
STRANGERS = [OTHER_PATIENT, DOCTOR, OTHER_DOCTOR, service("users:read")]
READERS = [PATIENT, UNVERIFIED, SUPPORT, ADMIN]
DEFAULTS = {"reminders": True, "marketing": False, "locale": ""}


async def one_to_the_patient(world: World) -> str:
    await tell(world, "user.registered", {"user_id": "usr_patient"})
    await sender(world).send_due()
    (row,) = await notifications()
    return row.id


def named(caller: Caller) -> str:
    return caller.account_id or "anonymous"


@pytest.mark.parametrize("caller", READERS, ids=named)
async def test_a_message_is_shown_to_its_recipient_and_to_staff(world: World, caller: Caller) -> None:
    answer = await world.ask(ONE, {"id": await one_to_the_patient(world)}, as_=caller)

    shown = {"kind": "welcome_patient", "subject": "Welcome to BookMyConsultation", "status": "SENT"}
    assert answer == {"data": {"notification": shown}}


@pytest.mark.parametrize("caller", STRANGERS, ids=named)
async def test_to_others_a_message_is_missing(world: World, caller: Caller) -> None:
    there = await world.ask(ONE, {"id": await one_to_the_patient(world)}, as_=caller)
    missing = await world.ask(ONE, {"id": "ntf_nowhere"}, as_=caller)

    assert there == missing == {"data": {"notification": None}}


@pytest.mark.parametrize("caller", [ANONYMOUS, EXPIRED], ids=named)
async def test_nobody_is_shown_nothing(world: World, caller: Caller) -> None:
    notification_id = await one_to_the_patient(world)
    for query, variables in (
        (ONE, {"id": notification_id}),
        (PREFER, {"input": {"reminders": False}}),
        (RESEND, {"input": {"notificationId": notification_id}}),
    ):
        assert code_of(await world.ask(query, variables, as_=caller)) == "UNAUTHENTICATED"


@pytest.mark.parametrize("caller", READERS, ids=named)
async def test_a_patients_messages_and_wishes_are_shown_to_them_and_to_staff(world: World, caller: Caller) -> None:
    visit(world, status="CONFIRMED")
    for type_ in ("appointment.confirmed", "appointment.rescheduled"):
        await tell(world, type_)
    await tell(world, "user.registered", {"user_id": "usr_patient"})

    (user,) = (await world.ask(MINE, USER, as_=caller))["data"]["_entities"]

    kinds = [edge["node"]["kind"] for edge in user["notifications"]["edges"]]
    assert kinds == ["welcome_patient", "appointment_rescheduled"]
    assert user["notifications"]["pageInfo"]["hasNextPage"] is True
    assert user["notificationPreferences"] == DEFAULTS


@pytest.mark.parametrize("caller", [*STRANGERS, ANONYMOUS], ids=named)
async def test_a_patients_messages_and_wishes_are_nobody_elses(world: World, caller: Caller) -> None:
    await one_to_the_patient(world)

    (user,) = (await world.ask(MINE, USER, as_=caller))["data"]["_entities"]

    assert user == {"notifications": None, "notificationPreferences": None}


@pytest.mark.parametrize("caller", [DOCTOR, SUPPORT, ADMIN, service("notifications:read")], ids=named)
async def test_only_patients_choose_what_they_are_told(world: World, caller: Caller) -> None:
    assert code_of(await world.ask(PREFER, {"input": {"reminders": False}}, as_=caller)) == "FORBIDDEN"


@pytest.mark.parametrize("caller", [PATIENT, DOCTOR, service("notifications:read")], ids=named)
async def test_only_staff_have_something_sent_again(world: World, caller: Caller) -> None:
    answer = await world.ask(RESEND, {"input": {"notificationId": await one_to_the_patient(world)}}, as_=caller)

    assert code_of(answer) == "FORBIDDEN"
    assert await types(world) == {"notification.sent": 1}


async def preferences(world: World, **changes: Any) -> Any:
    answer = await world.ask(PREFER, {"input": changes}, as_=PATIENT)
    return answer["data"]["updateNotificationPreferences"]


async def test_what_is_left_out_of_a_wish_stays_as_it_is(world: World) -> None:
    assert (await preferences(world, marketing=True))["preferences"] == {**DEFAULTS, "marketing": True}
    assert (await preferences(world, locale="es-MX"))["preferences"] == {
        "reminders": True,
        "marketing": True,
        "locale": "es-MX",
    }
    assert (await preferences(world))["preferences"]["locale"] == "es-MX"


async def test_who_wants_no_reminders_gets_none_but_everything_else(world: World, mailer: StubbornMailer) -> None:
    await preferences(world, reminders=False)
    visit(world, status="CONFIRMED")
    reminder = {"appointment_id": "apt_1", "user_id": "usr_patient", "doctor_id": "doc_doctor", "kind": "1h"}
    await tell(world, "appointment.reminder_due", {**reminder, "starts_at": "2026-11-25T04:30:00Z"})
    await tell(world, "appointment.confirmed")

    await sender(world).send_due()

    assert [mail.subject.split(":")[0] for mail in mailer.to("asha@people.example")] == ["Confirmed"]


async def test_the_language_of_ones_wish_wins_over_that_of_the_profile(world: World, mailer: StubbornMailer) -> None:
    await preferences(world, locale="hi")

    await one_to_the_patient(world)

    assert 'lang="hi"' in mailer.taken[0].html


async def test_a_language_that_we_do_not_have_is_refused(world: World) -> None:
    answer = await world.ask(PREFER, {"input": {"locale": "tlh"}}, as_=PATIENT)

    assert code_of(answer) == "BAD_USER_INPUT"
    assert (await preferences(world))["preferences"] == DEFAULTS


async def test_a_doctor_reads_messages_to_themselves(world: World) -> None:
    await tell(world, "doctor.approved", {"doctor_id": "doc_doctor"})
    await sender(world).send_due()
    (row,) = await notifications()

    assert (await world.ask(ONE, {"id": row.id}, as_=DOCTOR))["data"]["notification"]["kind"] == "doctor_approved"
    stranger = replace(OTHER_DOCTOR, account_id="acc_stranger")
    assert (await world.ask(ONE, {"id": row.id}, as_=stranger))["data"]["notification"] is None
