"""Mail over SMTP, for any provider that speaks it: `smtp://user:password@host:port?starttls=1`, or `smtps://…`.

One connection a mail: mail is rare, and a connection kept open is one that has gone when it is needed. A 5xx answer
about this mail is permanent; a refused login or connection is trouble of ours, so the mail itself may be sent later.
"""

import asyncio
import smtplib
import ssl
from email.headerregistry import Address
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from shared.clock import Clock
from shared.mail.mailer import Mail, MailFailed
from shared.mail.mime import recipient, to_bytes

PORTS: Final = {"smtp": 587, "smtps": 465}
TIMEOUT_SECONDS: Final = 10.0


class SmtpMailer:
    """Sends from `sender`, a bare address; `tls` may be told whom to trust."""

    def __init__(self, url: str, sender: str, clock: Clock, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(
                "A mail URL is smtp://user:password@host:port?starttls=1 or smtps://user:password@host:port."
            )
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._starttls = parse_qs(parts.query).get("starttls") == ["1"]
        if self._user and parts.scheme == "smtp" and not self._starttls:
            raise ValueError("A mail URL with a password needs starttls=1 or smtps://: it would be sent in the clear.")
        self._tls = tls or ssl.create_default_context()
        self._sender = Address(addr_spec=sender)
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        message = to_bytes(mail, self._sender, self._clock.now())
        try:
            await asyncio.to_thread(self._send, message, recipient(mail).addr_spec)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            raise MailFailed("The recipient was refused.", permanent=_permanent(code)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailFailed("The mail server refused the login.", permanent=False) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise MailFailed("The mail server refused the mail.", permanent=_permanent(error.smtp_code)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailFailed("The mail server does not answer as it should.", permanent=False) from error

    def _send(self, message: bytes, to: str) -> None:
        with self._connection() as server:
            if self._starttls:
                server.starttls(context=self._tls)
            if self._user:
                server.login(self._user, self._password)
            server.sendmail(self._sender.addr_spec, [to], message)

    def _connection(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_SECONDS, context=self._tls)
        return smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)


def _permanent(code: int) -> bool:
    # SMTP's classes of answers are those of HTTP.
    return code >= HTTPStatus.INTERNAL_SERVER_ERROR
