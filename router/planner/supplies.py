"""What a step is given for contextual arguments: for each, where in the response its value may stand."""

from __future__ import annotations

from dataclasses import dataclass

from router.operation import Position, Selection
from router.supergraph import ContextualArgument


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """One place where a value may be read: `leaf` at or below `position`; None where these objects say nothing.

    `beside` are positions passed on the way up, with their types that do not set the context.
    """

    position: Position
    beside: tuple[tuple[Position, tuple[str, ...]], ...]
    leaf: Selection | None


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """All places where the value of one argument may be read, for a field at one position."""

    argument: ContextualArgument
    origins: tuple[Origin, ...]

    @property
    def leaves(self) -> list[Selection]:
        return [origin.leaf for origin in self.origins if origin.leaf is not None]
