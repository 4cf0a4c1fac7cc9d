"""INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE: whoever resolves an interface by key must know all its implementations."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.merge import Assembly
from router.composition.model import Kind
from router.composition.printing import print_directive
from router.composition.rules.wording import type_names
from router.composition.specification import KEY
from router.errors import CompositionIssue


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    for name in assembly.of_kind(Kind.INTERFACE):
        for source in assembly.sources(name):
            keys = [key for key in source.definition.applications(KEY) if key.value("resolvable") is not False]
            if source.definition.kind is not Kind.INTERFACE or not keys:
                continue
            own = source.facts.walk.possible_types(name)
            missing = [one for one in assembly.implementations(name) if one not in own]
            if missing:
                subgraph = source.facts.name
                message = (
                    f'Interface type "{name}" has a resolvable key ({print_directive(keys[0])}) in subgraph'
                    f' "{subgraph}" but that subgraph is missing some of the supergraph implementation types of'
                    f' "{name}".'
                    f' Subgraph "{subgraph}" should define {type_names(missing)} (and have'
                    f' {"them" if len(missing) > 1 else "it"} implement "{name}").'
                )
                code = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"
                yield CompositionIssue(code, message, subgraph, keys[0].line)
