"""Says why a field cannot be reached: the shortest query that fails, and what stands in the way in each subgraph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.contexts import takes_from_context
from router.composition.field_set import print_field_set
from router.composition.printing import print_directive
from router.composition.satisfiability.field_sources import Position
from router.composition.satisfiability.reach import Positions, Reach
from router.errors import CompositionIssue

_CODE = "SATISFIABILITY_ERROR"
_INDENT = "  "


def explain(
    reach: Reach,
    steps: Sequence[tuple[str, str | None]],
    type_name: str,
    field: str,
    reached: Positions,
    *,
    composite: bool,
) -> CompositionIssue:
    """Make the issue; `steps` are the fields from the root's operation on, each with the type condition below it."""
    reasons = "\n".join(f"- {reason}" for reason in _reasons(reach, type_name, field, reached))
    message = (
        f"The following supergraph API query:\n{_query(steps, composite=composite)}\n"
        f"cannot be satisfied by the subgraphs because:\n{reasons}"
    )
    subgraph = min(reached).subgraph if reached else None
    line = reach.sources.definition(min(reached)).line if reached else None
    return CompositionIssue(_CODE, message, subgraph, line)


def explain_one_call(field: str, failures: Sequence[tuple[str, Sequence[CompositionIssue]]]) -> CompositionIssue:
    """Make the issue for a shared mutation; `failures` are what is wrong below it, by the subgraph that is called."""
    lines = [f'The mutation field "{field}" is called in one subgraph only, and none of those that share it will do:']
    for subgraph, issues in failures:
        lines.append(f'- Called in subgraph "{subgraph}":')
        lines += [f"{_INDENT}{line}" for issue in issues for line in issue.message.splitlines()]
    _, (first, *_) = failures[0]
    return CompositionIssue(_CODE, "\n".join(lines), first.subgraph, first.line)


def _query(steps: Sequence[tuple[str, str | None]], *, composite: bool) -> str:
    (operation, _), *rest = steps
    lines = ["{" if operation == "query" else f"{operation} {{"]
    closing = ["}"]
    depth = 1
    for number, (field, condition) in enumerate(rest):
        if number == len(rest) - 1:
            lines.append(f"{_INDENT * depth}{field}{' { ... }' if composite else ''}")
            break
        lines.append(f"{_INDENT * depth}{field} {{")
        closing.append(f"{_INDENT * depth}}}")
        depth += 1
        if condition is not None:
            lines.append(f"{_INDENT * depth}... on {condition} {{")
            closing.append(f"{_INDENT * depth}}}")
            depth += 1
    return "\n".join([*lines, *reversed(closing)])


def _reasons(reach: Reach, type_name: str, field: str, reached: Positions) -> Iterator[str]:
    for position in sorted(reached):
        yield _reason_here(reach, type_name, field, position)
    here = ", ".join(sorted({f'"{position.subgraph}"' for position in reached}))
    keyed = set()
    for entry in reach.sources.entries(type_name):
        keyed.add(entry.position.subgraph)
        if entry.position not in reached:
            yield (
                f'from subgraph {here}: cannot move to subgraph "{entry.position.subgraph}" using'
                f' {print_directive(entry.key)} of "{entry.position.type_name}", the key field(s) cannot be resolved'
                f" from subgraph {here}."
            )
    for position in sorted(reach.sources.positions(type_name)):
        away = position.subgraph not in {one.subgraph for one in reached} | keyed
        if away and reach.sources.resolution(position, field) is not None:
            yield (
                f'from subgraph {here}: cannot move to subgraph "{position.subgraph}", which has field'
                f' "{type_name}.{field}", because type "{type_name}" has no resolvable @key defined in subgraph'
                f' "{position.subgraph}".'
            )


def _reason_here(reach: Reach, type_name: str, field: str, position: Position) -> str:
    place = f'from subgraph "{position.subgraph}"'
    if field == "__typename":
        return (
            f'{place}: type "{type_name}" is an interface object, and no subgraph that could tell its runtime type can'
            " be entered by a @key on the interface."
        )
    resolution = reach.sources.resolution(position, field)
    if resolution is not None and resolution.requires is not None:
        return (
            f'{place}: cannot satisfy @requires(fields: "{print_field_set(resolution.requires)}") on field'
            f' "{type_name}.{field}".'
        )
    if resolution is not None and takes_from_context(resolution.field):
        return f'{place}: could not find a match for required context for field "{type_name}.{field}".'
    if field in reach.sources.definition(position).fields:
        return f'{place}: field "{type_name}.{field}" is not resolvable because marked @external or overridden.'
    return f'{place}: cannot find field "{type_name}.{field}".'
