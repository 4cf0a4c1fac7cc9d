"""Where the mails of a running platform are read: its mailbox page, or what the stand-in for SES has taken."""

import base64
import email
import email.policy
import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpx


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived; copies of one mail have the same id."""

    id: str
    subject: str
    text: str
    html: str
    attachments: list[dict[str, str]]

    @property
    def token(self) -> str:
        """The token of the link in the text."""
        link = re.search(r"http\S+\?token=\S+", self.text)
        assert link is not None, self.text
        assert link[0] in self.html.replace("&amp;", "&")
        return parse_qs(urlsplit(link[0]).query)["token"][0]


class Mails(Protocol):
    """Reads mails."""

    async def to(self, address: str) -> list[Mail]:
        """Answer the mails to an address, newest first."""
        ...


class MailboxMails:
    """Those of a platform's own mailbox."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def to(self, address: str) -> list[Mail]:
        answer = await self._http.get("/mailbox/messages", params={"to": address})
        return [Mail(one["id"], one["subject"], one["text"], one["html"], one["attachments"]) for one in answer.json()]


class SesMails:
    """Those that the stand-in for SES has taken, read from the messages as they were sent."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def to(self, address: str) -> list[Mail]:
        taken = (await self._http.get(f"{self._url}/_gate/mails")).json()
        return [_read(one["tags"]["bmc-mail"], one["raw"]) for one in reversed(taken) if address in one["to"]]


def _read(mail_id: str, raw: str) -> Mail:
    message = email.message_from_bytes(base64.b64decode(raw), policy=email.policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None, "a mail has a text"
    assert html is not None, "a mail has HTML"
    attached = [
        {"name": str(part.get_filename()), "contentType": part.get_content_type()}
        for part in message.iter_attachments()
    ]
    # Lines end by CR LF on the way.
    return Mail(
        mail_id,
        str(message["subject"]),
        text.get_content().replace("\r\n", "\n"),
        html.get_content().replace("\r\n", "\n"),
        attached,
    )
