"""INVALID_FIELD_SHARING: several subgraphs resolve a field and not all of them say that it is @shareable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.merge import Assembly
from router.composition.merge.assembly import FieldSource
from router.composition.merge.interface_objects import provided_by_interface_object
from router.composition.merge.overrides import NOT_OVERRIDDEN, plan_overrides
from router.composition.model import Kind
from router.composition.rules.wording import listed
from router.composition.specification import OVERRIDE, SHAREABLE
from router.errors import CompositionIssue

_CODE = "INVALID_FIELD_SHARING"


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.OBJECT):
        for field in assembly.field_names(name):
            sources = assembly.field_sources(name, field)
            if name == "Subscription":
                yield from _check_subscription(sources)
            yield from _check(assembly, name, field, sources)
        yield from _check_inherited(assembly, name)


def _check_subscription(sources: Sequence[FieldSource]) -> Iterator[CompositionIssue]:
    marked = [source for source in sources if source.field.has(SHAREABLE)]
    if marked:
        message = "Fields on root level subscription object cannot be marked as shareable"
        yield CompositionIssue(_CODE, message, marked[0].facts.name, marked[0].field.line)


def _check_inherited(assembly: Assembly, name: str) -> Iterator[CompositionIssue]:
    """Check the fields which the type only has through interface objects."""
    known = set(assembly.field_names(name))
    for interface in assembly.interfaces(name):
        for field in assembly.field_names(interface):
            if field not in known and provided_by_interface_object(assembly, interface, field):
                known.add(field)
                yield from _check(assembly, name, field, ())


def _check(assembly: Assembly, name: str, field: str, sources: Sequence[FieldSource]) -> Iterator[CompositionIssue]:
    overrides = plan_overrides(sources)
    present = [source for source in sources if not overrides.get(source.facts.name, NOT_OVERRIDDEN).is_overridden]
    stand_ins = tuple(assembly.interface_object_fields(name, field))
    resolving = [source for source in (*present, *stand_ins) if not source.is_fully_external]
    resolving.sort(key=lambda source: source.facts.name)
    private = [source for source in resolving if not source.is_shareable]
    if not private or len(resolving) == 1:
        return
    everyone = len(private) == len(resolving)
    message = (
        f'Non-shareable field "{name}.{field}" is resolved from multiple subgraphs: it is resolved from'
        f" {_names(name, resolving)} and defined as non-shareable in"
        f" {'all of them' if everyone else _names(name, private)}{_hint(assembly, name, private)}"
    )
    yield CompositionIssue(_CODE, message, private[0].facts.name, private[0].field.line)


def _names(name: str, sources: Sequence[FieldSource]) -> str:
    return listed("subgraph", (_place(name, source) for source in sources))


def _place(name: str, source: FieldSource) -> str:
    through = "" if source.definition.name == name else f' (through @interfaceObject field "{source.coordinate}")'
    return f'"{source.facts.name}"{through}'


def _hint(assembly: Assembly, name: str, private: Sequence[FieldSource]) -> str:
    """Point at an @override that misses its target: the subgraph it names may be misspelt."""
    known = {facts.name for facts in assembly.facts}
    for source in private:
        for directive in source.field.applications(OVERRIDE):
            if directive.value("from") not in known:
                return (
                    f' (please note that "{name}.{source.field.name}" has an @override directive in'
                    f' "{source.facts.name}" that targets an unknown subgraph so this could be due to misspelling'
                    " the @override(from:) argument)"
                )
    return ""
