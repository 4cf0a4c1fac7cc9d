"""The JSON body of a subgraph request, of which all that does not change is encoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson


class RequestBody:
    """Renders `{"query": …, "variables": …}`; variables the client did not give are left out, so defaults apply."""

    def __init__(self, operation: str, variables: Sequence[str]) -> None:
        self._head = b'{"query":' + orjson.dumps(operation)
        self._constant = self._head + b"}"
        self._names = tuple(variables)

    def render(self, variables: Mapping[str, Any], encoded: Mapping[str, bytes] | None = None) -> bytes:
        """Render with the client's `variables`, and others whose JSON is already `encoded`."""
        if not self._names and not encoded:
            return self._constant
        chosen = {name: variables[name] for name in self._names if name in variables}
        parts = [orjson.dumps(chosen)[1:-1]] if chosen else []
        parts += [b'"%b":%b' % (name.encode(), value) for name, value in (encoded or {}).items()]
        return self._head + b',"variables":{' + b",".join(parts) + b"}}"
