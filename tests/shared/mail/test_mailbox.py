"""The mailbox: durable, newest first, found by recipient."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import ManualClock
from shared.mail.mailbox import KeptMail, Mailbox
from shared.mail.mailer import Attachment, Mail, MailFailed

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
MAIL = Mail(id="m1", to="asha@example.org", subject="Hello", text="Hi", html="<p>Hi</p>")


async def test_mail_is_listed_newest_first(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    box = Mailbox(tmp_path / "mail.sqlite", clock)
    await box.send(MAIL)
    clock.advance(timedelta(seconds=1.5))
    await box.send(replace(MAIL, id="m2", attachments=(Attachment("a.ics", "text/calendar", b"x"),)))

    assert await box.messages() == [
        KeptMail(
            "m2", NOON + timedelta(seconds=1.5), MAIL.to, "Hello", "Hi", "<p>Hi</p>", (("a.ics", "text/calendar"),)
        ),
        KeptMail("m1", NOON, MAIL.to, "Hello", "Hi", "<p>Hi</p>", ()),
    ]


async def test_a_recipient_is_found_whatever_the_case_and_nobody_else_is(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mail.sqlite", ManualClock(NOON))
    await box.send(MAIL)
    await box.send(replace(MAIL, id="m2", to="ben@example.org"))

    assert [mail.id for mail in await box.messages("Asha@Example.org")] == ["m1"]
    assert await box.messages("asha") == []
    assert await box.messages("%") == []


async def test_mail_outlives_the_mailbox_and_is_seen_by_another(tmp_path: Path) -> None:
    await Mailbox(tmp_path / "new" / "mail.sqlite", ManualClock(NOON)).send(MAIL)
    other = Mailbox(tmp_path / "new" / "mail.sqlite", ManualClock(NOON))
    await other.send(MAIL)

    assert [mail.id for mail in await other.messages()] == ["m1"]


async def test_a_repeated_mail_brings_no_second_attachments(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mail.sqlite", ManualClock(NOON))
    mail = replace(MAIL, attachments=(Attachment("a", "x/y", b"1"), Attachment("b", "x/y", b"2")))
    await box.send(mail)
    await box.send(mail)

    assert await box.attachment("m1", 0) == Attachment("a", "x/y", b"1")
    assert await box.attachment("m1", 1) == Attachment("b", "x/y", b"2")
    assert await box.attachment("m1", 2) is None
    assert await box.attachment("m2", 0) is None


async def test_a_mailbox_that_cannot_be_written_fails_for_now(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mail.sqlite", ManualClock(NOON))
    for file in tmp_path.iterdir():  # noqa: ASYNC240 - A test waits for nobody.
        file.write_bytes(b"this is no database any more" * 1000)

    with pytest.raises(MailFailed) as failed:
        await box.send(MAIL)

    assert not failed.value.permanent
