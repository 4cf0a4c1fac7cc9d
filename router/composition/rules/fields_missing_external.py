"""REQUIRES_FIELDS_MISSING_EXTERNAL, PROVIDES_FIELDS_MISSING_EXTERNAL: the subgraph resolves what is selected itself."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.facts import Facts
from router.composition.rules.selections import selected
from router.composition.specification import EXTERNAL, PROVIDES, REQUIRES
from router.errors import CompositionIssue


def check(facts: Facts) -> Iterator[CompositionIssue]:
    for one in selected(facts, REQUIRES, PROVIDES):
        coordinate = (one.definition.name, one.field.name)
        if one.node.selection_set is not None or one.under_external or coordinate in facts.external:
            continue
        name = one.use.directive.name
        if one.field.has(EXTERNAL):
            message = (
                f'{one.use}: field "{one.coordinate}" should not be part of a {name} since it is already "effectively"'
                " provided by this subgraph (while it is marked @external, it is a @key field of an extension type,"
                " which are not internally considered external for historical/backward compatibility reasons)"
            )
        else:
            message = (
                f'{one.use}: field "{one.coordinate}" should not be part of a {name} since it is already provided'
                " by this subgraph (it is not marked @external)"
            )
        code = f"{one.use.prefix}_FIELDS_MISSING_EXTERNAL"
        yield CompositionIssue(code, message, facts.name, one.use.directive.line)
