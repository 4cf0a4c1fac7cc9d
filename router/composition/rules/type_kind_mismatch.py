"""TYPE_KIND_MISMATCH: one name is an object here and, say, an enum there."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.merge.assembly import TypeSource
from router.composition.model import Kind
from router.composition.rules.wording import disagreement
from router.errors import CompositionIssue

_NAMES = {
    Kind.SCALAR: "Scalar Type",
    Kind.OBJECT: "Object Type",
    Kind.INTERFACE: "Interface Type",
    Kind.UNION: "Union Type",
    Kind.ENUM: "Enum Type",
    Kind.INPUT: "InputObject Type",
}


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.names:
        sources = assembly.all_sources(name)
        odd = [source for source in sources if source.kind is not sources[0].kind]
        if odd:
            who = disagreement((source.facts.name, _kind(source)) for source in sources)
            message = f'Type "{name}" has mismatched kind: it is defined as {who}'
            yield CompositionIssue("TYPE_KIND_MISMATCH", message, odd[0].facts.name, odd[0].definition.line)


def _kind(source: TypeSource) -> str:
    if source.facts.is_interface_object(source.definition.name):
        return "Interface Object Type (Object Type with @interfaceObject)"
    return _NAMES[source.definition.kind]
