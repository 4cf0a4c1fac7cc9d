"""Mail as MIME (RFC 5322, 2045-2049): text and HTML as alternatives, attachments beside them.

Everything is written in seven bits, so that no system on the way need change a byte, which would break a signature.
"""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from shared.mail.mailer import Attachment, Mail, MailFailed

POLICY: Final = SMTP.clone(cte_type="7bit")


def recipient(mail: Mail) -> Address:
    """Answer the one address a mail goes to; what is no address, or is two, fails for good."""
    try:
        address = Address(addr_spec=mail.to)
    except (ValueError, IndexError, MessageError) as error:
        raise MailFailed("The recipient is not an address.", permanent=True) from error
    if not address.username or not address.domain:
        raise MailFailed("The recipient is not an address.", permanent=True)
    return address


def check(mail: Mail) -> None:
    """Fail for good if a mail cannot be written as a message, whoever would carry it."""
    recipient(mail)
    if mail.subject != "".join(mail.subject.splitlines()):
        raise MailFailed("The subject has more than one line.", permanent=True)


def message_id(mail_id: str, domain: str) -> str:
    """Answer the Message-ID, the same whenever the same mail is sent; the id itself stays inside."""
    return f"<{sha256(mail_id.encode()).hexdigest()[:40]}@{domain}>"


def to_bytes(mail: Mail, sender: Address, at: datetime) -> bytes:
    """Write the whole message, or fail as `check` does."""
    check(mail)
    message = EmailMessage(policy=POLICY)
    message["From"] = sender
    message["To"] = recipient(mail)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(mail.id, sender.domain)
    # RFC 3834: so that no holiday answer comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        _attach(message, attachment)
    return message.as_bytes()


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind = EmailMessage()
    kind["Content-Type"] = attachment.content_type
    header = kind["Content-Type"]
    message.add_attachment(
        attachment.data,
        maintype=header.maintype,
        subtype=header.subtype,
        filename=attachment.name,
        params=dict(header.params),
    )
