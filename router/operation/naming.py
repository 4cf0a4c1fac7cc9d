"""The name of a document's operation, found without parsing: clients that make up names ask for the same all the same.

What is prepared for an operation does not depend on its name, so a document is known again when only that differs. Not
so its length: where it stays the same, so does the place of everything behind it, and the locations in errors are true.
"""

from __future__ import annotations

import re
from typing import TypeAlias

# Ignored characters other than comments, which are rare here, the kind, and the name with nothing of it left behind.
_NAMED = re.compile(r"[ \t\r\n,]*+(?:query|mutation|subscription)[ \t\r\n,]++([_A-Za-z][_0-9A-Za-z]*+)")


Unnamed: TypeAlias = tuple[str, int, str]
"""What stands before the name, how long the name is, and what stands behind it."""


def split_name(text: str) -> tuple[str, Unnamed] | None:
    """Find the name of the first operation if the document begins with it; None where one must parse to tell."""
    found = _NAMED.match(text)
    if found is None:
        return None
    start, end = found.span(1)
    return text[start:end], (text[:start], end - start, text[end:])
