"""Plans as JSON: written in Apollo's form, read in Apollo's and in Hive's.

NOTE: Where the two differ. A path step is `"name"`, `"@"` and `"name|[A,B]"` for Apollo, `{"Field": "name"}`, `"@"`
and `{"TypeCondition": ["A", "B"]}` for Hive. A rewrite is `{"kind": "KeyRenamer", "path": ["a", "... on T", "b"]}` for
Apollo, `{"KeyRenamer": {"path": [{"Key": "a"}, {"TypenameEquals": ["T"]}, {"Key": "b"}]}}` for Hive. A required field
that is read under another name is `alias` (read) and `name` (sent) for Apollo, the reverse for Hive, whose aliases all
begin alike.
`BatchFetch` is Hive's alone and is written as Hive writes it, but with Apollo's paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from router.plan.nodes import (
    LIST,
    UP,
    BatchFetch,
    Condition,
    ContextPath,
    ContextRewrite,
    EntityAlias,
    Fetch,
    Flatten,
    ListStep,
    Node,
    OperationKind,
    Parallel,
    Path,
    PathStep,
    QueryPlan,
    RenameKey,
    RequiredField,
    RequiredFragment,
    Requirement,
    Sequence,
    SetTypename,
    Subscription,
    TypeGuard,
)

_HIVE_ALIAS = "_internal_qp_alias_"


def plan_to_json(plan: QueryPlan) -> dict[str, Any]:
    """Write the plan in Apollo's JSON form."""
    if plan.node is None:
        return {"kind": "QueryPlan"}
    return {"kind": "QueryPlan", "node": _write_node(plan.node)}


def _write_node(node: Node | Subscription) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind of node.
    match node:
        case Fetch():
            return _write_fetch(node)
        case BatchFetch():
            return _write_batch(node)
        case Flatten(path, inner):
            return {"kind": "Flatten", "path": path_to_json(path), "node": _write_fetch(inner)}
        case Sequence(nodes):
            return {"kind": "Sequence", "nodes": [_write_node(inner) for inner in nodes]}
        case Parallel(nodes):
            return {"kind": "Parallel", "nodes": [_write_node(inner) for inner in nodes]}
        case Condition(variable, if_true, if_false):
            written: dict[str, Any] = {"kind": "Condition", "condition": variable}
            if if_true is not None:
                written["ifClause"] = _write_node(if_true)
            if if_false is not None:
                written["elseClause"] = _write_node(if_false)
            return written
        case Subscription(primary, rest):
            written = {"kind": "Subscription", "primary": _write_fetch(primary)}
            return written if rest is None else {**written, "rest": _write_node(rest)}
        case _:
            assert_never(node)


def _write_fetch(fetch: Fetch) -> dict[str, Any]:
    written: dict[str, Any] = {
        "kind": "Fetch",
        "serviceName": fetch.subgraph,
        "operationKind": fetch.kind.value,
        "operation": fetch.operation,
        "variableUsages": list(fetch.variables),
    }
    if fetch.requires:
        written["requires"] = [_write_requirement(requirement) for requirement in fetch.requires]
    return {**written, **_write_rewrites(fetch)}


def _write_batch(batch: BatchFetch) -> dict[str, Any]:
    aliases = [
        {
            "alias": entity.alias,
            "representationsVariableName": entity.variable,
            "paths": [path_to_json(path) for path in entity.paths],
            "requires": [_write_requirement(requirement) for requirement in entity.requires],
            **_write_rewrites(entity),
        }
        for entity in batch.entities
    ]
    return {
        "kind": "BatchFetch",
        "serviceName": batch.subgraph,
        "operationKind": OperationKind.QUERY.value,
        "operation": batch.operation,
        "variableUsages": list(batch.variables),
        "entityBatch": {"aliases": aliases},
    }


def _write_requirement(requirement: Requirement) -> dict[str, Any]:
    inner = [_write_requirement(selection) for selection in requirement.selections]
    if isinstance(requirement, RequiredFragment):
        return {"kind": "InlineFragment", "typeCondition": requirement.type_condition, "selections": inner}
    written: dict[str, Any] = {"kind": "Field", "name": requirement.name}
    if requirement.alias is not None:
        written["alias"] = requirement.alias
    if inner:
        written["selections"] = inner
    return written


def _write_rewrites(of: Fetch | EntityAlias) -> dict[str, Any]:
    written: dict[str, Any] = {}
    setters = [
        {"kind": "ValueSetter", "path": [*_write_rewrite_path(rewrite.path), "__typename"], "setValueTo": rewrite.value}
        for rewrite in of.input_rewrites
    ]
    renamers = [
        {"kind": "KeyRenamer", "path": _write_rewrite_path(rewrite.path), "renameKeyTo": rewrite.to}
        for rewrite in of.output_rewrites
    ]
    if setters:
        written["inputRewrites"] = setters
    if renamers:
        written["outputRewrites"] = renamers
    if of.context_rewrites:
        written["contextRewrites"] = [
            {"kind": "KeyRenamer", "path": _write_rewrite_path(rewrite.path), "renameKeyTo": rewrite.variable}
            for rewrite in of.context_rewrites
        ]
    return written


def path_to_json(path: Path) -> list[str]:
    """Write a path in Apollo's form, a guard hanging on the step before it."""
    written: list[str] = []
    for step in path:
        match step:
            case str():
                written.append(step)
            case ListStep():
                written.append("@")
            case TypeGuard(types):
                guard = f"|[{','.join(types)}]"
                if written:
                    written[-1] += guard
                else:
                    written.append(guard)
            case _:
                assert_never(step)
    return written


def _write_rewrite_path(path: Path | ContextPath) -> list[str]:
    return [
        f"... on {'|'.join(step.types)}"
        if isinstance(step, TypeGuard)
        else step
        if isinstance(step, str)
        else step.value
        for step in path
    ]


def plan_from_json(written: Mapping[str, Any]) -> QueryPlan:
    """Read a plan from Apollo's or Hive's JSON form."""
    node = written.get("node")
    return QueryPlan(None if node is None else _read_top(node))


def _read_top(written: Mapping[str, Any]) -> Node | Subscription:
    if written["kind"] == "Subscription":
        rest = written.get("rest")
        return Subscription(_read_fetch(written["primary"]), None if rest is None else _read_node(rest))
    return _read_node(written)


def _read_node(written: Mapping[str, Any]) -> Node:
    match written["kind"]:
        case "Fetch":
            return _read_fetch(written)
        case "BatchFetch":
            return _read_batch(written)
        case "Flatten":
            return Flatten(_read_path(written["path"]), _read_fetch(written["node"]))
        case "Sequence":
            return Sequence(tuple(_read_node(node) for node in written["nodes"]))
        case "Parallel":
            return Parallel(tuple(_read_node(node) for node in written["nodes"]))
        case "Condition":
            branches = (written.get("ifClause"), written.get("elseClause"))
            if_true, if_false = (None if branch is None else _read_node(branch) for branch in branches)
            return Condition(written["condition"], if_true, if_false)
        case kind:
            message = f"No plan node is of kind {kind!r}."
            raise ValueError(message)


def _read_fetch(written: Mapping[str, Any]) -> Fetch:
    return Fetch(
        subgraph=written["serviceName"],
        kind=OperationKind(written.get("operationKind", "query")),
        operation=written["operation"],
        variables=tuple(written.get("variableUsages") or ()),
        requires=_read_requirements(written.get("requires")),
        input_rewrites=_read_setters(written.get("inputRewrites")),
        output_rewrites=_read_renamers(written.get("outputRewrites")),
        context_rewrites=_read_context_rewrites(written.get("contextRewrites")),
    )


def _read_batch(written: Mapping[str, Any]) -> BatchFetch:
    entities = tuple(
        EntityAlias(
            alias=alias["alias"],
            variable=alias["representationsVariableName"],
            paths=tuple(_read_path(path) for path in alias["paths"]),
            requires=_read_requirements(alias["requires"]),
            input_rewrites=_read_setters(alias.get("inputRewrites")),
            output_rewrites=_read_renamers(alias.get("outputRewrites")),
            context_rewrites=_read_context_rewrites(alias.get("contextRewrites")),
        )
        for alias in written["entityBatch"]["aliases"]
    )
    variables = tuple(written.get("variableUsages") or ())
    return BatchFetch(written["serviceName"], written["operation"], entities, variables)


def _read_path(written: Iterable[Any]) -> Path:
    path: list[PathStep] = []
    for step in written:
        if isinstance(step, Mapping):
            path.append(step["Field"] if "Field" in step else TypeGuard(tuple(step["TypeCondition"])))
            continue
        name, separator, types = step.partition("|[")
        if name:
            path.append(LIST if name == "@" else name)
        if separator:
            path.append(TypeGuard(tuple(types.removesuffix("]").split(","))))
    return tuple(path)


def _read_requirements(written: Iterable[Mapping[str, Any]] | None) -> tuple[Requirement, ...]:
    return tuple(_read_requirement(requirement) for requirement in written or ())


def _read_requirement(written: Mapping[str, Any]) -> Requirement:
    selections = _read_requirements(written.get("selections"))
    if written["kind"] == "InlineFragment":
        return RequiredFragment(written["typeCondition"], selections)
    name, alias = written["name"], written.get("alias")
    if alias is not None and name.startswith(_HIVE_ALIAS):
        name, alias = alias, name
    return RequiredField(name, alias, selections)


def _read_setters(written: Iterable[Mapping[str, Any]] | None) -> tuple[SetTypename, ...]:
    bodies = [rewrite.get("ValueSetter", rewrite) for rewrite in written or ()]
    return tuple(SetTypename(_read_rewrite_path(body["path"])[:-1], body["setValueTo"]) for body in bodies)


def _read_renamers(written: Iterable[Mapping[str, Any]] | None) -> tuple[RenameKey, ...]:
    bodies = [rewrite.get("KeyRenamer", rewrite) for rewrite in written or ()]
    return tuple(RenameKey(_read_rewrite_path(body["path"]), body["renameKeyTo"]) for body in bodies)


def _read_context_rewrites(written: Iterable[Mapping[str, Any]] | None) -> tuple[ContextRewrite, ...]:
    return tuple(
        ContextRewrite(tuple(UP if step == UP.value else step for step in renamer.path if step is not LIST), renamer.to)
        for renamer in _read_renamers(written)
    )


def _read_rewrite_path(written: Iterable[Any]) -> Path:
    path: list[PathStep] = []
    for step in written:
        if isinstance(step, Mapping):
            path.append(step["Key"] if "Key" in step else TypeGuard(tuple(step["TypenameEquals"])))
        elif step.startswith("... on "):
            path.append(TypeGuard(tuple(step.removeprefix("... on ").split("|"))))
        else:
            path.append(LIST if step == "@" else step)
    return tuple(path)
