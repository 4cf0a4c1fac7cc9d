"""The mail port: one message to one recipient.

The contract, which every adapter's tests share (tests/contracts/mail):
`send` returns when the next system has taken the mail over durably, else raises `MailFailed`. `Mail.id` is the
idempotency key: sending it twice shows one mail to a mailbox; over SMTP, where nobody can promise that, both copies
carry the same Message-ID, by which receiving systems drop the second. Amazon SES gets the same, and replaces it by its
own, so a mail that had to be sent to it again may be seen twice.
"""

from dataclasses import dataclass
from typing import Protocol

from shared.errors import BmcError


class MailFailed(BmcError):
    """A mail was not taken over; `permanent` tells that trying again would not help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail; `content_type` may carry parameters (`text/calendar; method=REQUEST`)."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as both text and HTML; `id` is the idempotency key, `to` a bare address."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over, or raise MailFailed."""
        ...
