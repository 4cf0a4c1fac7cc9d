"""The heads of plain HTTP/1.1 messages: read without a parser, and remembered, since most of them come again.

NOTE: What plain means. A message has one head of known shape: the start line that is expected, then `name: value` lines
of exactly the characters that HTTP allows, each name once, no value empty, each line ended by CR LF and none folded.
Its length is told by one Content-Length of digits alone, and by nothing else: there is no Transfer-Encoding. Nothing
special is asked of the connection: no upgrade, no `Expect`, no end.

Two readers of one message that do not agree where it ends are how requests are smuggled past a guard. So whatever is
not plain is nobody's to guess here: it goes to the parser, which has the last word on it. That both read the same
where this one reads at all is a property under test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_LINES = (
    rb"(?P<lines>(?:"
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++:"  # Of a name and a value nothing is ever given back, so that no head takes long.
    rb"[\t \x21-\x7e\x80-\xff]++"
    rb"(?<![\t ])\r\n)++)\r\n"
)
_LENGTH = re.compile(r"[0-9]{1,9}")
_SPECIAL = frozenset({"transfer-encoding", "upgrade", "expect", "trailer"})
_END = b"\r\n\r\n"
_LONGEST = 8192
_MOST_KNOWN = 256


class PlainHead(NamedTuple):
    """How many bytes a head has and how many follow it; the names of its headers are in lower case."""

    size: int
    length: int
    headers: Mapping[str, str]


class PlainHeads:
    """Reads heads that begin with one start line, given as a pattern; longer ones than `longest` are not plain."""

    def __init__(self, start: bytes, longest: int = _LONGEST) -> None:
        self._head = re.compile(start + rb"\r\n" + _LINES)
        self._longest = min(longest, _LONGEST)
        self._known: dict[bytes, PlainHead] = {}

    def read(self, data: bytes) -> PlainHead | None:
        """Read the head that `data` begins with; None where it is not plain, or not whole."""
        size = data.find(_END, 0, self._longest) + len(_END)
        head = data[:size]
        return self._known.get(head) or self._read(head)

    def _read(self, head: bytes) -> PlainHead | None:
        found = self._head.fullmatch(head)
        if found is None:
            return None
        lines = found["lines"].decode("latin-1").split("\r\n")[:-1]
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.lstrip("\t ")
        length = headers.get("content-length", "")
        if (
            len(headers) < len(lines)
            or not _LENGTH.fullmatch(length)
            or headers.get("connection", "keep-alive").lower() != "keep-alive"
            or not _SPECIAL.isdisjoint(headers)
        ):
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        known = self._known[head] = PlainHead(len(head), int(length), headers)
        return known
