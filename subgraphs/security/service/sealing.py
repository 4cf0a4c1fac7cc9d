"""Secrets at rest: sealed with a server key, or kept as a hash only.

A secret that must be read again (a private key, an authenticator's secret) is sealed with AES-GCM, bound to the name of
what it belongs to, so that it cannot be moved to another row. One that is only ever compared is hashed: SHA-256 where
it cannot be guessed, HMAC with a server key where it can.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
TOKEN_BYTES = 32


class Seal:
    """Seals and opens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, name: str) -> bytes:
        """Seal a secret that belongs to `name`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, name.encode())

    def open(self, sealed: bytes, name: str) -> bytes:
        """Answer the secret; raises InvalidTag if key, name or bytes are not those it was sealed with."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())


def new_token() -> str:
    """Make an opaque token of 256 bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Answer what is kept of a token that cannot be guessed."""
    return sha256(token.encode()).hexdigest()


def keyed_hash(key: bytes, *parts: str) -> bytes:
    """Answer an HMAC-SHA256 of several texts, none of which can borrow from its neighbour."""
    return hmac.digest(key, orjson.dumps(parts), "sha256")


def as_text(digest: bytes) -> str:
    """Write bytes as URL-safe text."""
    return urlsafe_b64encode(digest).decode().rstrip("=")
