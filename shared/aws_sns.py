"""Messages that Amazon SNS posts to a webhook: whose they are, whether they are what was sent, and confirming.

Anybody may post anything, so a message counts only if its signature is that of a certificate which SNS itself serves,
over TLS, from the host of our topic's region: `*.amazonaws.com` would not do, because every bucket of S3 has a name
there. The file holds no chain up to a root that we know; what vouches for it is that host's TLS. Old messages are
refused, so that whoever marks ids as seen may forget them in the end.

NOTE: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Version 1 signs with SHA-1,
version 2 with SHA-256; the fields that are signed, in this order, are each a line of name and a line of value.
"""

import asyncio
import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.clients.transport import Http, HttpFailed
from shared.clock import Clock
from shared.errors import BmcError

TOPIC_ARN: Final = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
CERTIFICATE_PATH: Final = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,128}\.pem")
HASHES: Final = {"1": SHA1, "2": SHA256}
SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
OLDEST: Final = timedelta(days=7)
"""SNS delivers for six hours and then gives up; ids are remembered for longer than this."""
EARLIEST: Final = timedelta(minutes=15)
"""So far may SNS's clock be ahead of ours."""
TIMEOUT_SECONDS: Final = 5.0
MAX_CERTIFICATES: Final = 8

Kind = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]


class SnsMalformed(BmcError):
    """Not a message of SNS at all."""


class SnsForged(BmcError):
    """A message that is not from our topic, or not as it was sent, or too old."""


class SnsUnavailable(BmcError):
    """SNS does not answer, so nobody can tell; the message may be posted again."""


class Envelope(BaseModel):
    """A message as it is posted."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    Type: Kind
    MessageId: str
    TopicArn: str
    Message: str
    Timestamp: str
    SignatureVersion: Literal["1", "2"]
    Signature: str
    SigningCertURL: str
    Subject: str | None = None
    Token: str | None = None
    SubscribeURL: str | None = None

    @property
    def signed_text(self) -> bytes:
        """Answer what was signed; a field that is not there is left out."""
        fields = ((name, getattr(self, name)) for name in SIGNED[self.Type])
        return "".join(f"{name}\n{value}\n" for name, value in fields if value is not None).encode()


@dataclass(frozen=True, slots=True)
class SnsMessage:
    """A message that is what it says it is."""

    id: str
    kind: Kind
    text: str
    subscribe_url: str | None


class _Sent(BaseModel):
    at: AwareDatetime


class SnsReader:
    """Reads the messages of one topic."""

    def __init__(self, topic_arn: str, http: Http, clock: Clock) -> None:
        named = TOPIC_ARN.fullmatch(topic_arn)
        if named is None:
            raise ValueError(f"{topic_arn!r} is not the ARN of an SNS topic")
        self._topic = topic_arn
        self._host = f"sns.{named[2]}.amazonaws.com{'.cn' if named[1] == 'aws-cn' else ''}"
        self._http = http
        self._clock = clock
        self._certificates: dict[str, x509.Certificate] = {}
        self._fetching = asyncio.Lock()

    async def read(self, body: bytes) -> SnsMessage:
        """Answer a message, verified; raises SnsMalformed, SnsForged, SnsUnavailable."""
        try:
            envelope = Envelope.model_validate_json(body)
            sent = _Sent.model_validate({"at": envelope.Timestamp}).at
            signature = b64decode(envelope.Signature, validate=True)
        except (ValidationError, NotBase64) as error:
            raise SnsMalformed("This is not a message of SNS.") from error
        if envelope.TopicArn != self._topic:
            raise SnsForged("The message is of another topic.")
        if not -EARLIEST <= self._clock.now() - sent <= OLDEST:
            raise SnsForged("The message is too old, or from the future.")
        await self._verify(envelope, signature)
        return SnsMessage(envelope.MessageId, envelope.Type, envelope.Message, self._confirming(envelope))

    async def confirm(self, message: SnsMessage) -> None:
        """Tell SNS that we want the topic's messages; raises SnsUnavailable."""
        assert message.subscribe_url is not None, "Only what asks for it is confirmed."
        await self._get(message.subscribe_url)

    async def _verify(self, envelope: Envelope, signature: bytes) -> None:
        certificate = await self._certificate(envelope.SigningCertURL)
        if not certificate.not_valid_before_utc <= self._clock.now() <= certificate.not_valid_after_utc:
            raise SnsForged("The certificate is not valid today.")
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise SnsForged("The certificate is not of SNS's kind.")
        try:
            key.verify(signature, envelope.signed_text, PKCS1v15(), HASHES[envelope.SignatureVersion]())
        except InvalidSignature as error:
            raise SnsForged("The signature is not that of the message.") from error

    async def _certificate(self, url: str) -> x509.Certificate:
        kept = self._certificates.get(url)
        if kept is not None:
            return kept
        if not self._is_ours(url) or not CERTIFICATE_PATH.fullmatch(urlsplit(url).path) or urlsplit(url).query:
            raise SnsForged("The certificate is not where SNS keeps its own.")
        # One at a time: whoever posts rubbish shall not have us send many requests.
        async with self._fetching:
            if url in self._certificates:
                return self._certificates[url]
            try:
                (certificate, *_) = x509.load_pem_x509_certificates(await self._get(url))
            except ValueError as error:
                raise SnsForged("There is no certificate where the message says.") from error
            while len(self._certificates) >= MAX_CERTIFICATES:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[url] = certificate
            return certificate

    def _confirming(self, envelope: Envelope) -> str | None:
        """Answer where to confirm, if that is what the message asks, and it is SNS that would be asked."""
        if envelope.Type != "SubscriptionConfirmation":
            return None
        url = envelope.SubscribeURL or ""
        asked = parse_qs(urlsplit(url).query)
        confirming = asked.get("Action") == ["ConfirmSubscription"] and asked.get("TopicArn") == [self._topic]
        if not self._is_ours(url) or not confirming:
            raise SnsForged("The subscription would not be confirmed at SNS.")
        return url

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc == self._host

    async def _get(self, url: str) -> bytes:
        try:
            answer = await self._http.request("GET", url, headers={}, body=None, timeout=TIMEOUT_SECONDS)
        except HttpFailed as error:
            raise SnsUnavailable("SNS does not answer.") from error
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise SnsUnavailable(f"SNS answers {answer.status}.")
        if answer.status != HTTPStatus.OK:
            raise SnsForged(f"SNS answers {answer.status}.")
        return answer.body
