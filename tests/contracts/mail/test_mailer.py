"""The contract of shared.mail.mailer, which every adapter keeps."""

from dataclasses import replace

import pytest

from shared.mail.mailer import Attachment, Mail, MailFailed
from tests.contracts.mail.adapters import NOON, OpenedMailer

MAIL = Mail(
    id="evt_1/usr_1",
    to="asha@example.org",
    subject="नमस्ते, your visit is booked",
    text="Line one\n.\nLine three, ünï",
    html="<p>Line <b>one</b></p>",
)


async def test_a_mail_arrives_as_it_was_sent(post: OpenedMailer) -> None:
    await post.mailer.send(MAIL)

    (arrived,) = await post.arrived()
    assert (arrived.to, arrived.subject, arrived.text, arrived.html) == (MAIL.to, MAIL.subject, MAIL.text, MAIL.html)
    assert (arrived.at, arrived.attachments) == (NOON, ())


async def test_attachments_arrive_whole_and_in_order(post: OpenedMailer) -> None:
    files = (
        Attachment("visit.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n"),
        Attachment("ü.bin", "x/y", bytes(range(256))),
    )

    await post.mailer.send(replace(MAIL, attachments=files))

    (arrived,) = await post.arrived()
    assert arrived.attachments == files


async def test_a_mail_sent_twice_is_one_mail(post: OpenedMailer) -> None:
    await post.mailer.send(MAIL)
    await post.mailer.send(MAIL)
    await post.mailer.send(replace(MAIL, id="evt_2/usr_1"))

    first, second = await post.arrived()
    assert first.key != second.key


@pytest.mark.parametrize(
    "to", ["", "asha", "asha@", "@example.org", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org"]
)
async def test_what_is_not_one_address_fails_for_good(post: OpenedMailer, to: str) -> None:
    with pytest.raises(MailFailed) as failed:
        await post.mailer.send(replace(MAIL, to=to))

    assert failed.value.permanent
    assert await post.arrived() == []


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: b@example.org", "Hello\n", "Hello\u2028there"])
async def test_a_subject_of_two_lines_fails_for_good(post: OpenedMailer, subject: str) -> None:
    with pytest.raises(MailFailed) as failed:
        await post.mailer.send(replace(MAIL, subject=subject))

    assert failed.value.permanent
    assert await post.arrived() == []
