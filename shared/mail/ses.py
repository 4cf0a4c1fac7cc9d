"""Mail over Amazon SES: `ses://region[?configuration_set=…][&endpoint=…]`, one SendEmail with the whole message a mail.

The message is the one that SMTP would carry. The configuration set is what has bounces and complaints told to us; a tag
with the mail's id comes back with them.

NOTE: SES writes a Message-ID and a Date of its own (https://docs.aws.amazon.com/ses/latest/dg/header-fields.html), and
has no idempotency. A mail whose answer was lost is sent again, and then arrives twice, without a mark by which the
copies could be known. So nothing is tried twice here: the queue tries again, and only what was not answered.

Which refusals are for good: those about this mail. A sender that is not verified, sending that was paused, an exhausted
quota and missing rights are troubles of ours, which somebody mends, so those mails may go later.
"""

import re
from email.headerregistry import Address
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from shared.aws import AwsRefused, AwsUnavailable, AwsUrl, Calls, checked_region, make_config, make_session
from shared.clock import Clock
from shared.mail.mailer import Mail, MailFailed
from shared.mail.mime import recipient, to_bytes

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

FORM: Final = "ses://region[?configuration_set=…][&endpoint=…]"
OPTIONS: Final = frozenset({"configuration_set", "endpoint"})
AT_ONCE: Final = 8
"""As many as the notifications subgraph sends side by side."""
READ_SECONDS: Final = 10.0
MAIL_TAG: Final = "bmc-mail"
"""The name of the tag that carries the mail's id to notices about it."""
TAG_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
PERMANENT: Final = frozenset({"MessageRejected", "BadRequestException"})
NOT_VERIFIED: Final = "not verified"
"""What SES says in a MessageRejected when it is the sender, or an account on probation, that is at fault."""


class SesMailer:
    """Sends from one address. Open it by `open`."""

    def __init__(self, client: "SESV2Client", sender: str, configuration_set: str | None, clock: Clock) -> None:
        self._client = client
        self._sender = Address(addr_spec=sender)
        self._settings = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._clock = clock
        self._calls = Calls("ses", AT_ONCE)

    @classmethod
    def open(cls, url: str, sender: str, clock: Clock) -> "SesMailer":
        """Open a mailer; nothing is asked of SES yet. Raises ValueError for a URL that is none, or no credentials."""
        read = AwsUrl.read(url, FORM, options=OPTIONS)
        if read.path:
            raise ValueError(f"it has the form {FORM}")
        client = make_session().client(
            "sesv2",
            region_name=checked_region(read.name),
            endpoint_url=read.options.get("endpoint"),
            config=make_config(connections=AT_ONCE, attempts=1, read_seconds=READ_SECONDS),
        )
        return cls(client, sender, read.options.get("configuration_set"), clock)

    async def send(self, mail: Mail) -> None:
        message = to_bytes(mail, self._sender, self._clock.now())
        request: dict[str, Any] = {
            "FromEmailAddress": self._sender.addr_spec,
            "Destination": {"ToAddresses": [recipient(mail).addr_spec]},
            "Content": {"Raw": {"Data": message}},
            "EmailTags": [{"Name": MAIL_TAG, "Value": tag_of(mail.id)}],
            **self._settings,
        }
        try:
            await self._calls.run(partial(self._client.send_email, **request))
        except AwsUnavailable as error:
            raise MailFailed("SES does not answer as it should.", permanent=False) from error
        except AwsRefused as error:
            raise MailFailed(f"SES refused the mail: {error.code}.", permanent=_permanent(error)) from error

    def close(self) -> None:
        """Close the connections; calls that run end by themselves."""
        self._calls.close()
        self._client.close()


def tag_of(mail_id: str) -> str:
    """Answer a mail's id as a tag may be written: as it is where it may, else its digest."""
    return mail_id if TAG_VALUE.fullmatch(mail_id) else sha256(mail_id.encode()).hexdigest()


def _permanent(refused: AwsRefused) -> bool:
    if refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return True
    return refused.code in PERMANENT and NOT_VERIFIED not in str(refused)
