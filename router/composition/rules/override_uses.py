"""Finds every @override with what it points at, for the rules about overrides; each use breaks one of them at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from router.composition.merge import Assembly
from router.composition.merge.assembly import FieldSource
from router.composition.model import Directive, Kind
from router.composition.specification import OVERRIDE, PROVIDES, REQUIRES
from router.errors import CompositionIssue


class Fault(Enum):
    """What is wrong with an override; the first that applies counts."""

    ON_INTERFACE = "on interface"
    ON_INTERFACE_OBJECT = "on interface object"
    FROM_SELF = "from self"
    SOURCE_HAS_OVERRIDE = "source has override"
    ABSTRACTED = "abstracted"
    COLLISION = "collision"


@dataclass(frozen=True, slots=True)
class OverrideUse:
    """One @override; `target` is the overridden definition, `stand_in` an interface object's field in its stead."""

    coordinate: str
    source: FieldSource
    directive: Directive
    target: FieldSource | None
    stand_in: FieldSource | None

    @property
    def origin(self) -> str:
        return str(self.directive.value("from"))

    @property
    def collision(self) -> tuple[str, str] | None:
        """Return the directive that collides and the subgraph where it stands."""
        if self.target is None:
            return None
        for name in (REQUIRES, PROVIDES):
            if self.target.field.has(name):
                return name, self.target.facts.name
        return ("@external", self.source.facts.name) if self.source.is_external else None

    @property
    def fault(self) -> Fault | None:
        tests = {
            Fault.ON_INTERFACE: self.source.definition.kind is Kind.INTERFACE,
            Fault.ON_INTERFACE_OBJECT: self.source.facts.is_interface_object(self.source.definition.name),
            Fault.FROM_SELF: self.origin == self.source.facts.name,
            Fault.SOURCE_HAS_OVERRIDE: self.target is not None and self.target.field.has(OVERRIDE),
            Fault.ABSTRACTED: self.target is None and self.stand_in is not None,
            Fault.COLLISION: self.collision is not None,
        }
        return next((fault for fault, applies in tests.items() if applies), None)

    def issue(self, code: str, message: str) -> CompositionIssue:
        return CompositionIssue(code, message, self.source.facts.name, self.directive.line)


def override_uses(assembly: Assembly) -> Iterator[OverrideUse]:
    for name, field, sources in assembly.fields():
        by_name = {source.facts.name: source for source in sources}
        stand_ins = {source.facts.name: source for source in assembly.interface_object_fields(name, field)}
        for source in sources:
            for directive in source.field.applications(OVERRIDE):
                origin = directive.value("from")
                target, stand_in = by_name.get(origin), stand_ins.get(origin)
                yield OverrideUse(f"{name}.{field}", source, directive, target, stand_in)
