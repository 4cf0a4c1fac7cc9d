"""The calendar entry: one for an appointment, whichever mail is read last."""

from typing import Any

from icalendar import Calendar

from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import visit
from tests.subgraphs.notifications.telling import STARTS, VISIT, StubbornMailer, sender, tell

MOVED = "2026-11-26T06:00:00+00:00"


def entry(data: bytes) -> tuple[str, Any]:
    """Read an attachment: its method, and its one event."""
    calendar = Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


async def entries_to(world: World, mailer: StubbornMailer, address: str) -> list[tuple[str, Any]]:
    await sender(world).send_due()
    return [entry(attachment.data) for mail in mailer.to(address) for attachment in mail.attachments]


async def test_uid_stays_and_sequence_grows_from_confirmed_to_moved_to_cancelled(
    world: World, mailer: StubbornMailer
) -> None:
    for number, (type_, status) in enumerate(
        [("confirmed", "CONFIRMED"), ("rescheduled", "CONFIRMED"), ("cancelled", "CANCELLED")]
    ):
        visit(world, status=status, sequence=number, startsAt=MOVED if number else "2026-11-25T04:30:00+00:00")
        await tell(world, f"appointment.{type_}", {**VISIT, "starts_at": STARTS, "refund": False})
        await sender(world).send_due()

    seen = await entries_to(world, mailer, "asha@people.example")

    assert {str(event["UID"]) for _, event in seen} == {"apt_1@bookmyconsultation.example"}
    assert [int(event["SEQUENCE"]) for _, event in seen] == [0, 1, 2]
    assert [method for method, _ in seen] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [str(event["STATUS"]) for _, event in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event["DTSTART"].dt.isoformat() for _, event in seen] == ["2026-11-25T04:30:00+00:00", MOVED, MOVED]


async def test_both_sides_get_one_entry_that_names_the_other_and_no_reason(
    world: World, mailer: StubbornMailer
) -> None:
    visit(world, status="CONFIRMED", sequence=3)
    await tell(world, "appointment.confirmed")

    ((_, patients),) = await entries_to(world, mailer, "asha@people.example")
    ((_, doctors),) = await entries_to(world, mailer, "meera@doctors.example")

    assert patients["UID"] == doctors["UID"]
    assert int(patients["SEQUENCE"]) == int(doctors["SEQUENCE"]) == 3
    assert str(patients["SUMMARY"]) == "Consultation with Dr Meera Iyer"
    assert str(doctors["SUMMARY"]) == "Consultation with Asha"
    assert str(patients["ORGANIZER"]) == str(doctors["ORGANIZER"]) == "mailto:no-reply@bookmyconsultation.example"
    assert str(patients["ATTENDEE"]) == "mailto:asha@people.example"
    assert str(doctors["ATTENDEE"]) == "mailto:meera@doctors.example"
    named = {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "ORGANIZER", "ATTENDEE"}
    assert set(patients) == named


async def test_the_attachment_tells_calendars_what_to_do(world: World, mailer: StubbornMailer) -> None:
    visit(world, status="CONFIRMED")
    await tell(world, "appointment.confirmed")
    await sender(world).send_due()

    ((attachment,),) = [mail.attachments for mail in mailer.to("asha@people.example")]

    assert attachment.name == "appointment.ics"
    assert attachment.content_type == "text/calendar; charset=utf-8; method=REQUEST"
