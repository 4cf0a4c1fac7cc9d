"""Works out what @override does to each subgraph's definition of a field.

The subgraph that is named by `from` loses the field. Where it needs the field itself, in a key, a requirement or for an
interface, the supergraph keeps it there as known but not resolved (`usedOverridden`). With a label both subgraphs keep
it, and the router decides by the label for each request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from router.composition.merge.assembly import FieldSource
from router.composition.specification import OVERRIDE


@dataclass(frozen=True, slots=True)
class Override:
    """What happened to one subgraph's definition."""

    is_overridden: bool = False
    is_used: bool = False
    label: str | None = None

    @property
    def is_gone(self) -> bool:
        """Nothing of the definition is left in the supergraph."""
        return self.is_overridden and not self.is_used and self.label is None


NOT_OVERRIDDEN = Override()


def plan_overrides(sources: Sequence[FieldSource]) -> Mapping[str, Override]:
    """Return what happens in each subgraph that an override concerns, by its name."""
    by_name = {source.facts.name: source for source in sources}
    plan: dict[str, Override] = {}
    for source in sources:
        for directive in source.field.applications(OVERRIDE)[:1]:
            label = directive.value("label")
            target = by_name.get(directive.value("from"))
            # A rule refuses overriding what overrides itself; until then nobody loses the field.
            if target is None or target is source or target.field.has(OVERRIDE):
                continue
            if label is not None:
                plan[source.facts.name] = replace(plan.get(source.facts.name, NOT_OVERRIDDEN), label=label)
            used = (target.definition.name, target.field.name) in target.facts.used
            overridden = not target.is_external
            plan[target.facts.name] = Override(overridden, overridden and used, label)
    return plan
