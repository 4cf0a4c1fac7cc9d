"""Which keys and content types a blob may have, the same for every adapter."""

import re
from typing import Final

MAX_KEY: Final = 200
_SEGMENT: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"
_KEY: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_CONTENT_TYPE: Final = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?: ?; ?[A-Za-z0-9_-]+=[A-Za-z0-9_.-]+)*"
)


def checked_key(key: str) -> str:
    """Answer a key that is one, or raise ValueError: such a key cannot climb out of anything."""
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"{key[:MAX_KEY]!r} is not a key of a blob.")
    return key


def checked_content_type(content_type: str) -> str:
    """Answer a media type that is one, or raise ValueError: such a type is one line."""
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise ValueError(f"{content_type[:MAX_KEY]!r} is not a media type.")
    return content_type
