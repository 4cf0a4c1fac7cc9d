"""Representations: what an entity fetch sends for each object, `__typename` first, then keys and required fields.

NOTE: An object whose every key and required field is null (or missing, since an earlier fetch failed) has no
representation: no subgraph could find it. A null among others is sent, since `@requires` may ask for a null; an inner
object inside of which no selected fragment fits is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

from router.execution.walking import TypeNames
from router.plan.nodes import LIST, RequiredField, RequiredFragment, Requirement, SetTypename, TypeGuard

Build: TypeAlias = Callable[[dict[str, Any]], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    key: str
    selections: Selections | None


@dataclass(frozen=True, slots=True)
class _Fragment:
    accepted: frozenset[str]
    type_condition: str
    selections: Selections


@dataclass(frozen=True, slots=True)
class Selections:
    """What is taken of one object; names accepted by fragments are worked out beforehand."""

    fields: tuple[_Field, ...]
    fragments: tuple[_Fragment, ...]

    def project(self, source: dict[str, Any], target: dict[str, Any]) -> bool:
        """Copy what is selected; true when anything but `__typename` has a value."""
        found = False
        for field in self.fields:
            value = source.get(field.key)
            if value is not None and field.selections is not None:
                value = _project_value(field.selections, value)
                if value == {}:
                    continue
            target[field.name] = value
            found = found or (value is not None and field.name != "__typename")
        if self.fragments:
            typename = source.get("__typename")
            for fragment in self.fragments:
                if typename is None or typename in fragment.accepted:
                    found = fragment.selections.project(source, target) or found
                    if typename is None and "__typename" in target:
                        target["__typename"] = fragment.type_condition
        return found


def _project_value(selections: Selections, value: Any) -> Any:
    if isinstance(value, list):
        return [None if inner is None else _project_value(selections, inner) for inner in value]
    if not isinstance(value, dict):
        return None
    target: dict[str, Any] = {}
    selections.project(value, target)
    return target


def compile_selections(requires: Sequence[Requirement], types: TypeNames) -> Selections:
    fields: list[_Field] = []
    fragments: list[_Fragment] = []
    for requirement in requires:
        match requirement:
            case RequiredField(name, alias, selections):
                inner = compile_selections(selections, types) if selections else None
                fields.append(_Field(name, alias or name, inner))
            case RequiredFragment(type_condition, selections):
                accepted = types.accepted(type_condition)
                fragments.append(_Fragment(accepted, type_condition, compile_selections(selections, types)))
            case _:
                assert_never(requirement)
    return Selections(tuple(fields), tuple(fragments))


def compile_representation(requires: Sequence[Requirement], rewrites: Sequence[SetTypename], types: TypeNames) -> Build:
    """Make the function from an object of the response to its representation, or None where it has none."""
    selections = compile_selections(requires, types)
    setters = [_compile_rewrite(rewrite, types) for rewrite in rewrites]

    def build(source: dict[str, Any]) -> dict[str, Any] | None:
        representation: dict[str, Any] = {"__typename": source.get("__typename")}
        if not selections.project(source, representation):
            return None
        for setter in setters:
            setter(representation)
        return None if representation["__typename"] is None else representation

    return build


def _compile_rewrite(rewrite: SetTypename, types: TypeNames) -> Callable[[Any], None]:
    def apply(value: Any, position: int) -> None:
        if isinstance(value, list):
            for inner in value:
                apply(inner, position)
            return
        if not isinstance(value, dict):
            return
        if position == len(steps):
            value["__typename"] = rewrite.value
            return
        step = steps[position]
        if not isinstance(step, TypeGuard):
            apply(value.get(step), position + 1)
        elif value.get("__typename") in types.accepted(*step.types):
            apply(value, position + 1)

    steps = [step for step in rewrite.path if step is not LIST and step != "__typename"]
    return lambda representation: apply(representation, 0)
