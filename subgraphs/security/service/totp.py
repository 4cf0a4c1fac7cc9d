"""Time-based one-time passwords: six digits, thirty seconds, HMAC-SHA1, as every authenticator app has them.

NOTE: RFC 6238 over RFC 4226; the address that apps read from a QR code is Google's key URI format.
Source: https://www.rfc-editor.org/rfc/rfc6238, https://github.com/google/google-authenticator/wiki/Key-Uri-Format
"""

import hmac
from base64 import b32encode
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1
"""A clock half a minute off, or a slow thumb, is forgiven."""


def step_at(instant: datetime) -> int:
    """Answer the number of the time step."""
    return int(instant.timestamp()) // PERIOD_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """Answer the code of a time step."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """Answer the time step whose code this is, of those that are forgiven; None if it is of none."""
    middle = step_at(now)
    for step in range(middle - DRIFT_STEPS, middle + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def secret_text(secret: bytes) -> str:
    """Write a secret as people type it."""
    return b32encode(secret).decode().rstrip("=")


def otpauth_url(secret: bytes, issuer: str, email: str) -> str:
    """Answer the address that an authenticator app reads."""
    query = urlencode({"secret": secret_text(secret), "issuer": issuer, "digits": DIGITS, "period": PERIOD_SECONDS})
    return f"otpauth://totp/{quote(issuer)}:{quote(email)}?{query}"
