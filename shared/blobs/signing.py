"""Signed addresses of the embedded blob store.

NOTE: an upload form carries `policy` (base64url of JSON: `expires` and the `fields` that must come with it, and `size`)
and `signature` (hex HMAC-SHA256 of "upload", a line feed, and the policy as it was sent). A download address carries
`expires`, `name`, `type` and `signature` (the same over "download", a line feed, and the JSON array of key, name, type
and expires). `expires` is in whole seconds since 1970. The first word keeps one kind from passing as the other.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from shared.blobs.keys import checked_key
from shared.clock import Clock
from shared.errors import BmcError

MIN_SECRET = 32
MAX_DIGITS = 12


class FilesRefused(BmcError):
    """A request to the embedded store that is not answered; `code` and the message go to the client."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """What one upload address accepts: these form fields, and a file of exactly `size` bytes."""

    fields: tuple[tuple[str, str], ...]
    size: int
    expires: int

    @property
    def key(self) -> str:
        """The key under which the file goes."""
        return dict(self.fields)["key"]

    @property
    def content_type(self) -> str:
        """The type that the file has."""
        return dict(self.fields)["Content-Type"]


@dataclass(frozen=True, slots=True)
class Download:
    """What one download address answers."""

    key: str
    name: str
    content_type: str
    expires: int


class Signer:
    """Signs addresses and checks the signatures of those that come back."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        assert len(secret) >= MIN_SECRET, f"The secret that signs files has at least {MIN_SECRET} bytes."
        self._secret = secret
        self._clock = clock

    def signed_fields(self, policy: UploadPolicy) -> tuple[tuple[str, str], ...]:
        """Answer the fields of the form, the policy and its signature last."""
        content = {"expires": policy.expires, "fields": policy.fields, "size": policy.size}
        encoded = urlsafe_b64encode(orjson.dumps(content)).decode()
        return (*policy.fields, ("policy", encoded), ("signature", self._sign("upload", encoded.encode())))

    def upload(self, fields: dict[str, str]) -> UploadPolicy:
        """Read a form back, or raise FilesRefused."""
        encoded = fields.get("policy", "")
        self._verify("upload", encoded.encode(), fields.get("signature", ""))
        # Signed, so it is ours and well formed.
        content = orjson.loads(urlsafe_b64decode(encoded))
        policy = UploadPolicy(
            tuple((name, value) for name, value in content["fields"]), content["size"], content["expires"]
        )
        self._check_expiry(policy.expires)
        sent = {name: value for name, value in fields.items() if name not in {"policy", "signature"}}
        if sent != dict(policy.fields):
            raise FilesRefused(
                HTTPStatus.FORBIDDEN, "FIELDS_DIFFER", "The form's fields are not those that the address was made for."
            )
        return policy

    def signed_query(self, download: Download) -> str:
        """Answer the query of a download address."""
        return urlencode(
            {
                "expires": download.expires,
                "name": download.name,
                "type": download.content_type,
                "signature": self._sign("download", _canonical(download)),
            }
        )

    def download(self, key: str, query: dict[str, str]) -> Download:
        """Read a download address back, or raise FilesRefused."""
        expires = query.get("expires", "")
        download = Download(
            key=key,
            name=query.get("name", ""),
            content_type=query.get("type", ""),
            expires=int(expires) if expires.isdecimal() and expires.isascii() and len(expires) <= MAX_DIGITS else 0,
        )
        self._verify("download", _canonical(download), query.get("signature", ""))
        self._check_expiry(download.expires)
        checked_key(download.key)
        return download

    def _sign(self, kind: str, message: bytes) -> str:
        return hmac.new(self._secret, kind.encode() + b"\n" + message, sha256).hexdigest()

    def _verify(self, kind: str, message: bytes, signature: str) -> None:
        if not hmac.compare_digest(self._sign(kind, message).encode(), signature.encode()):
            raise FilesRefused(
                HTTPStatus.FORBIDDEN, "SIGNATURE_INVALID", "The address was not made here, or was changed since."
            )

    def _check_expiry(self, expires: int) -> None:
        if self._clock.now().timestamp() >= expires:
            raise FilesRefused(HTTPStatus.FORBIDDEN, "EXPIRED", "The address has expired; ask for a new one.")


def whole_seconds(instant: datetime) -> int:
    """Answer an instant as it is signed."""
    return int(instant.timestamp())


def _canonical(download: Download) -> bytes:
    return orjson.dumps([download.key, download.name, download.content_type, download.expires])
