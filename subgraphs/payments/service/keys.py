"""Idempotency keys: what clients may send to have a payment, or a refund, happen once."""

from shared.checks import is_plain
from shared.errors import BadUserInput

LONGEST_KEY = 128


def check_key(key: str) -> None:
    """Raise BadUserInput, naming `idempotencyKey`, for a key that is empty, too long, or cannot be shown."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadUserInput(f"A key has 1 to {LONGEST_KEY} characters.", field=["idempotencyKey"])
    if not is_plain(key):
        raise BadUserInput("This has characters that cannot be shown.", field=["idempotencyKey"])
