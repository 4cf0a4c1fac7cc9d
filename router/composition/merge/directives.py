"""Merges applications of the directives which go to the supergraph.

Repeatable ones by union. Of others there is one: where the subgraphs' arguments differ, either each argument has a
strategy of its own (the costs, the access rules), or the application that most subgraphs have wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from router.composition.merge.assembly import Assembly
from router.composition.model import Directive, Element, Literal
from router.composition.specification import (
    COST,
    LIST_SIZE,
    MERGED_DIRECTIVES,
    POLICY,
    REQUIRES_SCOPES,
    TAG,
)
from router.composition.values import to_literal


def merge_directives(assembly: Assembly, elements: Sequence[Element]) -> tuple[Directive, ...]:
    """Merge what the subgraphs apply to one element."""
    composed = {directive.name: directive.definition.repeatable for directive in assembly.composed}
    names = dict.fromkeys(directive.name for element in elements for directive in element.directives)
    return tuple(
        directive
        for name in names
        if name in MERGED_DIRECTIVES or name in composed
        for directive in _merge(
            [element.applications(name) for element in elements], repeatable=name == TAG or composed.get(name, False)
        )
    )


def _merge(applications: Sequence[tuple[Directive, ...]], *, repeatable: bool) -> Iterator[Directive]:
    if repeatable:
        yield from _distinct(directive for several in applications for directive in several)
        return
    single = [several[0] for several in applications if several]
    distinct = _distinct(single)
    strategies = _STRATEGIES.get(distinct[0].name)
    if len(distinct) > 1 and strategies is not None:
        yield Directive(distinct[0].name, dict(_merge_arguments(distinct, strategies)))
    else:
        counts = Counter(distinct.index(directive) for directive in single)
        yield distinct[max(counts, key=counts.__getitem__)]


def _distinct(directives: Iterable[Directive]) -> list[Directive]:
    found: list[Directive] = []
    for directive in directives:
        if directive not in found:
            found.append(directive)
    return found


def _merge_arguments(
    directives: Sequence[Directive], strategies: dict[str, Callable[[list[Any]], Any]]
) -> Iterator[tuple[str, Literal]]:
    for argument, strategy in strategies.items():
        values = [directive.value(argument) for directive in directives if argument in directive.arguments]
        values = [value for value in values if value is not None]
        if values:
            yield argument, to_literal(strategy(values))


def _all_of(values: list[list[list[str]]]) -> list[list[str]]:
    """Conjoin conditions in disjunctive normal form: whoever passes must pass every subgraph's condition."""
    result: list[frozenset[str]] = [frozenset()]
    for alternatives in values:
        result = [left | frozenset(right) for left in result for right in alternatives]
    minimal = [one for one in result if not any(other < one for other in result)]
    return sorted(sorted(one) for one in set(minimal))


def _union(values: list[list[str]]) -> list[str]:
    return list(dict.fromkeys(item for value in values for item in value))


_STRATEGIES: dict[str, dict[str, Callable[[list[Any]], Any]]] = {
    REQUIRES_SCOPES: {"scopes": _all_of},
    POLICY: {"policies": _all_of},
    COST: {"weight": max},
    LIST_SIZE: {
        "assumedSize": max,
        "slicingArguments": _union,
        "sizedFields": _union,
        "requireOneSlicingArgument": all,
    },
}
