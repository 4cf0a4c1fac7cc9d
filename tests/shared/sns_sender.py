"""Amazon SNS as a webhook sees it: messages signed by a key whose certificate an authority of ours made."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

TOPIC: Final = "arn:aws:sns:eu-central-1:123456789012:bmc-mail"
HOST: Final = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE_URL: Final = f"{HOST}/SimpleNotificationService-{'0123456789abcdef' * 2}.pem"
SUBSCRIBE_URL: Final = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
AUTHORITY: Final = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of tests")])
SENDER: Final = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])


@cache
def rsa_key(_whose: str) -> RSAPrivateKey:
    """Make a key; everybody's only once, for that takes a while."""
    return generate_rsa_key(public_exponent=65_537, key_size=2048)


def certificate(now: datetime, *, whose: str = "sns", elliptic: bool = False) -> bytes:
    """Make a certificate that is good for a day around an instant, and put its authority's behind it, as PEM."""
    authority = rsa_key("authority")
    public = generate_private_key(SECP256R1()).public_key() if elliptic else rsa_key(whose).public_key()
    made: list[bytes] = []
    for subject, key in ((SENDER, public), (AUTHORITY, authority.public_key())):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(AUTHORITY).public_key(key)
        builder = builder.serial_number(len(made) + 1)
        builder = builder.not_valid_before(now - timedelta(hours=12)).not_valid_after(now + timedelta(hours=12))
        builder = builder.add_extension(x509.BasicConstraints(ca=subject == AUTHORITY, path_length=None), critical=True)
        made.append(builder.sign(authority, SHA256()).public_bytes(Encoding.PEM))
    return b"".join(made)


@dataclass(frozen=True, slots=True)
class SnsSender:
    """Writes messages as of an instant; `version` says by which hash they are signed."""

    now: datetime
    version: str = "2"
    whose: str = "sns"
    changes: dict[str, Any] = field(default_factory=dict)

    def notification(self, text: str, *, message_id: str = "msg-1") -> bytes:
        """Write a notification."""
        return self._signed({"Type": "Notification", "Message": text, "MessageId": message_id})

    def confirmation(self, *, kind: str = "SubscriptionConfirmation", url: str = SUBSCRIBE_URL) -> bytes:
        """Ask for a subscription, or say that it has ended."""
        asked = {"Type": kind, "Message": "Visit us.", "MessageId": "msg-0", "Token": "abc", "SubscribeURL": url}
        return self._signed(asked)

    def _signed(self, fields: dict[str, str]) -> bytes:
        stamp = f"{self.now:%Y-%m-%dT%H:%M:%S.000Z}"
        message = {**fields, "TopicArn": TOPIC, "Timestamp": stamp, "SignatureVersion": self.version, **self.changes}
        names = sorted(name for name in message if name not in {"SignatureVersion", "SigningCertURL"})
        text = "".join(f"{name}\n{message[name]}\n" for name in names).encode()
        hashed = SHA1() if self.version == "1" else SHA256()
        signature = rsa_key(self.whose).sign(text, PKCS1v15(), hashed)
        return json.dumps(
            {"SigningCertURL": CERTIFICATE_URL, **message, "Signature": b64encode(signature).decode()}
        ).encode()
