"""The JSON body of a subgraph request, of which all that does not change is encoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson


class RequestBody:
    """Renders `{"query": …, "variables": …}`; variables the client did not give are left out, so defaults apply.

    `names` are the client's variables; `own` those of the router, whose JSON is given when it renders.
    """

    def __init__(self, operation: str, names: Sequence[str], own: Sequence[str] = ()) -> None:
        self._names = tuple(names)
        self._lone = names[0] if len(names) == 1 else None
        self._lone_label = b'"%b":' % (self._lone or "").encode()
        self._constant = b'{"query":%b}' % orjson.dumps(operation)
        self._opening = self._constant[:-1] + b',"variables":{'
        first, *others = own or ("",)
        self._labels = [b'%b"%b":' % (self._opening, first.encode())]
        self._labels += [b',"%b":' % name.encode() for name in others]

    def render(self, variables: Mapping[str, Any]) -> bytes:
        """Render with the client's variables alone."""
        if not self._names:
            return self._constant
        return self._opening + self._given(variables) + b"}}"

    def render_with(self, variables: Mapping[str, Any], own: Sequence[bytes]) -> bytes:
        """Render with the JSON of each of the router's own variables."""
        given = self._given(variables) if self._names else b""
        closing = b",%b}}" % given if given else b"}}"
        if len(own) == 1:
            return b"%b%b%b" % (self._labels[0], own[0], closing)
        return b"".join([part for pair in zip(self._labels, own, strict=True) for part in pair]) + closing

    def _given(self, variables: Mapping[str, Any]) -> bytes:
        if self._lone is not None and self._lone in variables:
            return b"%b%b" % (self._lone_label, orjson.dumps(variables[self._lone]))
        return orjson.dumps({name: variables[name] for name in self._names if name in variables})[1:-1]
