"""What the mail contract is run against; an adapter joins by a function that opens it."""

import os
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest

from shared.clock import ManualClock
from shared.ids import new_id
from shared.mail.mailbox import KeptMail, Mailbox
from shared.mail.mailer import Attachment, Mailer
from shared.mail.ses import SesMailer
from shared.mail.smtp import SmtpMailer
from tests.contracts.mail.smtp_peer import SmtpPeer, listening
from tests.stack.servers.ministack import CREDENTIALS

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as its recipient has it; `key` is the same for copies of one mail."""

    key: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class OpenedMailer:
    """A mailer, and what arrived through it, oldest first."""

    mailer: Mailer
    arrived: Callable[[], Awaitable[list[Arrived]]]


@asynccontextmanager
async def mailbox(folder: Path) -> AsyncIterator[OpenedMailer]:
    """Open the embedded mailbox."""
    box = Mailbox(folder / "mail.sqlite", ManualClock(NOON))

    async def kept(mail: KeptMail) -> Arrived:
        attachments = [await box.attachment(mail.id, n) for n in range(len(mail.attachments))]
        files = tuple(file for file in attachments if file is not None)
        return Arrived(mail.id, mail.at, mail.to, mail.subject, mail.text, mail.html, files)

    async def arrived() -> list[Arrived]:
        return [await kept(mail) for mail in reversed(await box.messages())]

    yield OpenedMailer(box, arrived)


@asynccontextmanager
async def smtp(folder: Path) -> AsyncIterator[OpenedMailer]:
    """Send to a server that keeps what it gets; a receiving system drops copies by their Message-ID."""
    async with listening(SmtpPeer()) as peer:

        async def arrived() -> list[Arrived]:
            return list({mail["Message-ID"]: received(mail) for mail in peer.mails}.values())

        yield OpenedMailer(SmtpMailer(f"smtp://127.0.0.1:{peer.port}", "care@bmc.test", ManualClock(NOON)), arrived)


@asynccontextmanager
async def ses(_folder: Path) -> AsyncIterator[OpenedMailer]:
    """Send to the server of AWS_URL, from an address of this test; it shows what it was given.

    What Amazon makes of a Message-ID cannot be seen here: this is the message as we hand it over.
    """
    endpoint, sender = os.environ["AWS_URL"], f"care@{new_id('test').replace('_', '-').lower()}.example"
    with pytest.MonkeyPatch.context() as environment:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        mailer = SesMailer.open(f"ses://eu-central-1?endpoint={endpoint}", sender, ManualClock(NOON))

    async def arrived() -> list[Arrived]:
        async with httpx.AsyncClient() as client:
            kept = (await client.get(f"{endpoint}/_gate/mails")).json()
        mails = [parsed(b64decode(mail["raw"])) for mail in kept if mail["from"] == sender]
        return list({mail["Message-ID"]: received(mail) for mail in mails}.values())

    yield OpenedMailer(mailer, arrived)
    mailer.close()


def parsed(raw: bytes) -> EmailMessage:
    """Read a message from its bytes."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def received(mail: EmailMessage) -> Arrived:
    """Read a message as a mail program does."""
    return Arrived(
        key=mail["Message-ID"],
        at=mail["Date"].datetime,
        to=mail["To"],
        subject=mail["Subject"],
        text=body(mail, "plain"),
        html=body(mail, "html"),
        attachments=tuple(
            Attachment(part.get_filename() or "", part.get_content_type(), content(part))
            for part in mail.iter_attachments()
        ),
    )


def body(mail: EmailMessage, kind: str) -> str:
    """Answer one of the alternatives, with the line ends of this machine and without the last, which MIME needs."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def content(part: EmailMessage) -> bytes:
    """Answer the bytes of an attachment."""
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


Opener = Callable[[Path], AbstractAsyncContextManager[OpenedMailer]]

ADAPTERS: dict[str, Opener] = {"ses": ses} if "AWS_URL" in os.environ else {"mailbox": mailbox, "smtp": smtp}
