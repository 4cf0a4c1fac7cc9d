"""Text that people write: trimmed, not too long; refusals name the field."""

from collections.abc import Sequence

from shared.checks import is_plain
from subgraphs.appointments.errors import InvalidInput


def required_text(text: str, longest: int, *field: str) -> str:
    """Answer the trimmed text; raises InvalidInput if nothing is left or it is too long."""
    trimmed = text.strip()
    if not trimmed or len(trimmed) > longest:
        raise InvalidInput(f"Between 1 and {longest} characters.", field=field)
    return printable(trimmed, field)


def optional_text(text: str | None, longest: int, *field: str) -> str | None:
    """Answer the trimmed text, None for nothing; raises InvalidInput if it is too long."""
    trimmed = (text or "").strip()
    if len(trimmed) > longest:
        raise InvalidInput(f"At most {longest} characters.", field=field)
    return printable(trimmed, field) or None


def printable(text: str, field: Sequence[str]) -> str:
    """Answer the text; raises InvalidInput if something in it cannot be shown."""
    if not is_plain(text):
        raise InvalidInput("This has characters that cannot be shown.", field=field)
    return text
