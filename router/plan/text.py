"""Plans as text, the form Apollo's tools print: what runs after what, where, for which objects."""

from __future__ import annotations

from typing import assert_never

from graphql import parse, print_ast

from router.plan.json import path_to_json
from router.plan.nodes import (
    BatchFetch,
    Condition,
    Fetch,
    Flatten,
    Node,
    Parallel,
    QueryPlan,
    RequiredFragment,
    Requirement,
    Sequence,
    Subscription,
)

_STEP = "  "


def plan_to_text(plan: QueryPlan) -> str:
    """Write the plan in Apollo's text form, without a line end at its end."""
    if plan.node is None:
        return "QueryPlan {}"
    return "\n".join(["QueryPlan {", *_indent(_lines_of(plan.node)), "}"])


def _indent(lines: list[str]) -> list[str]:
    return [_STEP + line for line in lines]


def _block(head: str, lines: list[str]) -> list[str]:
    return [f"{head} {{", *_indent(lines), "},"]


def _lines_of(node: Node | Subscription) -> list[str]:  # noqa: PLR0911 - one return a kind of node.
    match node:
        case Fetch():
            return _lines_of_fetch(node)
        case BatchFetch():
            return _lines_of_batch(node)
        case Flatten(path, inner):
            return _block(f'Flatten(path: "{".".join(path_to_json(path))}")', _lines_of_fetch(inner))
        case Sequence(nodes):
            return _block("Sequence", [line for inner in nodes for line in _lines_of(inner)])
        case Parallel(nodes):
            return _block("Parallel", [line for inner in nodes for line in _lines_of(inner)])
        case Condition(variable, None, if_false) if if_false is not None:
            return _block(f"Skip(if: ${variable})", _lines_of(if_false))
        case Condition(variable, if_true, None) if if_true is not None:
            return _block(f"Include(if: ${variable})", _lines_of(if_true))
        case Condition(variable, if_true, if_false):
            branches = [("if", if_true), ("else", if_false)]
            inside = [line for word, branch in branches if branch for line in _block(word, _lines_of(branch))]
            return _block(f"Condition(if: ${variable})", inside)
        case Subscription(primary, rest):
            inside = _block("Primary:", _lines_of_fetch(primary))
            return _block("Subscription", inside if rest is None else [*inside, *_block("Rest:", _lines_of(rest))])
        case _:
            assert_never(node)


def _lines_of_fetch(fetch: Fetch) -> list[str]:
    inside = _lines_of_operation(fetch.operation)
    if fetch.requires:
        inside = [*_lines_of_requires(fetch.requires), "=>", *inside]
    return _block(f'Fetch(service: "{fetch.subgraph}")', inside)


def _lines_of_batch(batch: BatchFetch) -> list[str]:
    inside: list[str] = []
    for entity in batch.entities:
        paths = ", ".join(f'"{".".join(path_to_json(path))}"' for path in entity.paths)
        inside += _block(f"{entity.alias}(paths: [{paths}])", _lines_of_requires(entity.requires))
    return _block(f'BatchFetch(service: "{batch.subgraph}")', [*inside, "=>", *_lines_of_operation(batch.operation)])


def _lines_of_requires(requires: tuple[Requirement, ...]) -> list[str]:
    return ["{", *_indent([line for requirement in requires for line in _lines_of_requirement(requirement)]), "}"]


def _lines_of_requirement(requirement: Requirement) -> list[str]:
    if isinstance(requirement, RequiredFragment):
        head = f"... on {requirement.type_condition}"
    else:
        head = requirement.name if requirement.alias is None else f"{requirement.alias}: {requirement.name}"
    if not requirement.selections:
        return [head]
    inside = [line for selection in requirement.selections for line in _lines_of_requirement(selection)]
    return [f"{head} {{", *_indent(inside), "}"]


def _lines_of_operation(operation: str) -> list[str]:
    return print_ast(parse(operation, no_location=True)).splitlines()
