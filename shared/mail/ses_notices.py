"""What Amazon SES tells of a mail that it took over: that it cannot be delivered, or that somebody complained of it.

Both of its forms are read: that of a configuration set's events (`eventType`) and the older one (`notificationType`).

NOTE: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from dataclasses import dataclass
from email.utils import parseaddr
from enum import Enum
from typing import Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from shared.errors import BmcError
from shared.mail.ses import MAIL_TAG

GREETING: Final = "Successfully validated SNS topic"
"""What SES writes, not as JSON, when somebody names it a topic."""


class NoticeMalformed(BmcError):
    """Not a notice of SES."""


class Reason(Enum):
    """Why an address should get no more mail."""

    BOUNCED = "BOUNCED"
    COMPLAINED = "COMPLAINED"


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Addresses, in lower case, to which mail does not get, or that want none; `mail_id` is Mail.id, if it is told."""

    reason: Reason
    addresses: tuple[str, ...]
    mail_id: str | None


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Recipient(_Told):
    address: str = Field(alias="emailAddress")


class _Bounce(_Told):
    type: str = Field(alias="bounceType")
    recipients: tuple[_Recipient, ...] = Field(alias="bouncedRecipients")


class _Complaint(_Told):
    type: str | None = Field(default=None, alias="complaintFeedbackType")
    recipients: tuple[_Recipient, ...] = Field(alias="complainedRecipients")


class _Mail(_Told):
    tags: dict[str, tuple[str, ...]] = {}


class _Notice(_Told):
    kind: str = Field(validation_alias=AliasChoices("eventType", "notificationType"))
    mail: _Mail = _Mail()
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


def read_notice(text: str) -> Unwanted | None:
    """Answer whom a notice is about, None if it changes nothing; raises NoticeMalformed."""
    if text.startswith(GREETING):
        return None
    try:
        notice = _Notice.model_validate_json(text)
    except ValidationError as error:
        raise NoticeMalformed("This is not a notice of SES.") from error
    if notice.kind == "Bounce" and notice.bounce is not None:
        # Of a full mailbox or a server that is away SES says Transient; Undetermined is not for good either.
        return (
            _unwanted(Reason.BOUNCED, notice, notice.bounce.recipients) if notice.bounce.type == "Permanent" else None
        )
    if notice.kind == "Complaint" and notice.complaint is not None:
        # Somebody who took our mail out of the junk says so by a "complaint" too.
        wanted = notice.complaint.type == "not-spam"
        return None if wanted else _unwanted(Reason.COMPLAINED, notice, notice.complaint.recipients)
    if notice.kind in {"Bounce", "Complaint"}:
        raise NoticeMalformed(f"A notice of the kind {notice.kind} says of whom.")
    return None


def _unwanted(reason: Reason, notice: _Notice, recipients: tuple[_Recipient, ...]) -> Unwanted:
    addresses = tuple(parseaddr(recipient.address)[1].lower() for recipient in recipients)
    if not addresses or not all(addresses):
        raise NoticeMalformed("A notice names whom it is about.")
    ids = notice.mail.tags.get(MAIL_TAG, ())
    return Unwanted(reason, addresses, ids[0] if ids else None)
