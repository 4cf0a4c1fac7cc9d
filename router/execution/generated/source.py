"""Python source under construction: functions that may call one another, and the values they use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Source:
    """Functions written one after the other, with one set of globals."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._scope: dict[str, Any] = {}
        self._waiting: list[str] = []
        self._compiled: list[str] = []

    def name(self, value: Any) -> str:
        """Give a value a name in the functions' globals."""
        name = f"n{len(self._scope)}"
        self._scope[name] = value
        return name

    def define(self, parameter: str, lines: Sequence[str], about: str) -> str:
        """Write a function of one parameter; answers its name. Lines are indented already."""
        name = self.name(None)
        self._waiting.append("\n".join([f"# {about}", f"def {name}({parameter}):", *lines]))
        return name

    def get(self, name: str) -> Any:
        """Get a function; what has been written so far is compiled."""
        if self._waiting:
            source = "\n\n".join(self._waiting)
            self._compiled.append(source)
            self._waiting.clear()
            # Names in the source are GraphQL names (letters, digits, underscores) quoted by repr, or our own.
            exec(compile(source, f"<{self._title}>", "exec"), self._scope)  # noqa: S102
        return self._scope[name]

    def __str__(self) -> str:
        """Show the functions, and the values they use."""
        used = [f"# {name} = {value!r}" for name, value in self._scope.items() if name[1:].isdigit()]
        values = [line for line in used if "<function" not in line]
        return "\n\n".join(["\n".join([f"# {self._title}", *values]), *self._compiled, *self._waiting])
