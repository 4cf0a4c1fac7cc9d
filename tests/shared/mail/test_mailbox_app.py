"""The mailbox's pages, and the JSON that tests and operators rely on."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from shared.clock import ManualClock
from shared.mail.mailbox import Mailbox
from shared.mail.mailbox_app import mailbox_app
from shared.mail.mailer import Attachment, Mail

HOSTILE = Mail(
    id='m/1?"&<',
    to="asha@example.org",
    subject="<script>alert('subject')</script>",
    text="</pre><script>alert('text')</script>",
    html="<script>alert('html')</script><a href='http://bmc.test/verify-email?token=t'>Verify</a>",
    attachments=(Attachment("visit ü.ics", "text/calendar; method=REQUEST", b"BEGIN:VCALENDAR"),),
)
ID = {"id": HOSTILE.id}


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    box = Mailbox(tmp_path / "mail.sqlite", ManualClock(datetime(2027, 3, 1, 12, 0, tzinfo=UTC)))
    await box.send(HOSTILE)
    await box.send(Mail(id="m2", to="ben@example.org", subject="For Ben", text="Hi Ben", html="<p>Hi Ben</p>"))
    transport = httpx.ASGITransport(mailbox_app(box))
    async with httpx.AsyncClient(transport=transport, base_url="http://bmc.test") as client:
        yield client


async def test_messages_are_json_newest_first(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mailbox/messages")

    assert answer.headers["content-type"] == "application/json"
    assert [mail["id"] for mail in answer.json()] == ["m2", HOSTILE.id]


async def test_messages_to_one_address_have_exactly_the_agreed_fields(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mailbox/messages", params={"to": "asha@example.org"})

    assert answer.json() == [
        {
            "id": HOSTILE.id,
            "at": "2027-03-01T12:00:00.000Z",
            "to": "asha@example.org",
            "subject": HOSTILE.subject,
            "text": HOSTILE.text,
            "html": HOSTILE.html,
            "attachments": [{"name": "visit ü.ics", "contentType": "text/calendar; method=REQUEST"}],
        }
    ]


async def test_the_page_lists_mail_and_can_be_narrowed_to_an_address(http: httpx.AsyncClient) -> None:
    everyone = (await http.get("/mailbox")).text
    ben = (await http.get("/mailbox", params={"to": "ben@example.org"})).text
    nobody = (await http.get("/mailbox", params={"to": "nobody@example.org"})).text

    assert ("asha@example.org" in everyone, "For Ben" in everyone) == (True, True)
    assert ("asha@example.org" in ben, "For Ben" in ben) == (False, True)
    assert "No mail to nobody@example.org yet." in nobody


async def test_an_opened_mail_shows_its_html_only_in_a_sandboxed_frame(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mailbox", params=ID)

    assert "<script" not in answer.text
    assert "&lt;script&gt;alert(&#39;subject&#39;)" in answer.text
    assert '<iframe title="The message" sandbox="allow-popups allow-popups-to-escape-sandbox" src="' in answer.text
    assert 'src="/mailbox/html?id=m%2F1%3F%22%26%3C"' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")


async def test_the_frame_allows_neither_scripts_nor_requests(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mailbox/html", params=ID)

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
    assert "script" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.text == f'<base target="_blank">{HOSTILE.html}'


async def test_an_attachment_is_downloaded_never_shown(http: httpx.AsyncClient) -> None:
    page = (await http.get("/mailbox", params=ID)).text
    assert 'href="/mailbox/attachments?id=m%2F1%3F%22%26%3C&amp;n=0"' in page

    answer = await http.get("/mailbox/attachments", params=ID | {"n": "0"})

    assert (answer.content, answer.headers["content-type"]) == (b"BEGIN:VCALENDAR", "text/calendar; method=REQUEST")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"visit u.ics\"; filename*=UTF-8''visit%20%C3%BC.ics"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/mailbox?id=m3",
        "/mailbox/html",
        "/mailbox/html?id=m3",
        "/mailbox/attachments?id=m2&n=0",
        "/mailbox/attachments?id=m2&n=-1",
        "/mailbox/attachments?id=m2",
        "/mailbox/attachments?n=9999",
    ],
)
async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


async def test_the_style_sheet_is_the_only_other_file(http: httpx.AsyncClient) -> None:
    answer = await http.get("/mailbox/style.css")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
