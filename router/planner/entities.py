"""Groups the entity steps of one request: what may be asked by one `_entities` field, and at which paths.

Steps at one path are asked together, a fragment a type; if they are of one type, their requirements are sent together,
unless one field would have to be sent with two values. A step which is entered by an interface (its representations say
the interface's name) stands alone. Groups that ask and send the same at different paths become one group with several
paths. Steps that are given values of contexts stand apart from those under other conditions, for the values may not be
fetched then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from graphql import GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType, SelectionSetNode

from router.operation import NO_CONDITIONS, Conditions, Position, SelectionTree
from router.plan.nodes import LIST, ContextRewrite, Path, PathStep, RequiredFragment, SetTypename, TypeGuard
from router.planner.contexts import context_rewrites
from router.planner.draft import Step
from router.planner.representations import RequirementConflictError, lay_requirements


@dataclass(slots=True)
class EntityPart:
    """The steps of one group that ask for one type."""

    type_name: str
    steps: list[Step]
    inputs: dict[int, SelectionSetNode]


@dataclass(slots=True)
class EntityGroup:
    """What one `_entities` field asks for at one path; `guards` are the types it is for, empty for any.

    `values` say, by variable, where the values of contextual arguments are.
    """

    path: Path
    keys: tuple[str, ...]
    by_interface: bool
    conditions: Conditions
    guards: dict[str, None] = field(default_factory=dict)
    values: dict[str, tuple[ContextRewrite, ...]] = field(default_factory=dict)
    parts: dict[str, EntityPart] = field(default_factory=dict)

    @property
    def full_path(self) -> Path:
        return (*self.path, TypeGuard(tuple(self.guards))) if self.guards else self.path

    def requires(self, tree: SelectionTree) -> tuple[RequiredFragment, ...]:
        return tuple(
            RequiredFragment(
                part.type_name, lay_requirements(tree, self.keys, part.type_name, part.inputs.values()).write()
            )
            for part in self.parts.values()
        )

    def context_rewrites(self, prefix: str) -> tuple[ContextRewrite, ...]:
        if not self.values:
            return ()
        several = self.values.values()
        return tuple(ContextRewrite(one.path, prefix + one.variable) for rewrites in several for one in rewrites)

    @property
    def input_rewrites(self) -> tuple[SetTypename, ...]:
        if not self.by_interface:
            return ()
        return tuple(SetTypename((TypeGuard((name,)),), name) for name in self.parts)


def group_entities(
    tree: SelectionTree, steps: list[Step], conditions_of: Callable[[Step], Conditions]
) -> list[EntityGroup]:
    """Sort the entity steps of one request into as few groups as the rules allow."""
    groups: list[EntityGroup] = []
    is_supplied = any(step.supplied for step in steps)
    for step in steps:
        conditions = conditions_of(step) if is_supplied else NO_CONDITIONS
        position = step.entry.position
        node = step.entry.node
        by_interface = node.is_abstract or node.is_interface_object
        guard = position.type.name if position.outer is not None else None
        path = path_of(position.outer or position)
        for group in groups:
            alike = group.path == path and group.by_interface == by_interface and group.conditions == conditions
            if alike and _take_in(tree, group, step, guard):
                break
        else:
            group = EntityGroup(path, position.path, by_interface, conditions)
            taken = _take_in(tree, group, step, guard)
            assert taken, "An empty group takes any step."
            groups.append(group)
    return groups


def _take_in(tree: SelectionTree, group: EntityGroup, step: Step, guard: str | None) -> bool:
    type_name = step.entry.node.type_name
    part = group.parts.get(type_name)
    if group.parts:
        # Guards are for the whole group, so an unguarded step never joins a guarded one.
        if (guard is None) is not (not group.guards):
            return False
        if group.by_interface and (part is None or (guard is not None and guard not in group.guards)):
            return False
    values = context_rewrites(step) if step.supplied else None
    if values and not all(_go_together(group, variable, found, guard) for variable, found in values.items()):
        return False
    inputs = {id(wanted): wanted for wanted in step.inputs}
    if part is not None:
        inputs = part.inputs | inputs
        try:
            lay_requirements(tree, group.keys, type_name, inputs.values())
        except RequirementConflictError:
            return False
        part.inputs = inputs
        part.steps.append(step)
    else:
        group.parts[type_name] = EntityPart(type_name, [step], inputs)
    if guard is not None:
        group.guards[guard] = None
    for variable, rewrites in values.items() if values else ():
        group.values[variable] = tuple(dict.fromkeys((*group.values.get(variable, ()), *rewrites)))
    return True


def _go_together(group: EntityGroup, variable: str, rewrites: tuple[ContextRewrite, ...], guard: str | None) -> bool:
    """Whether a variable would not mean two things for one object."""
    known = group.values.get(variable, rewrites)
    if set(known) == set(rewrites):
        return True
    apart = guard is not None and guard not in group.guards
    return apart and all(isinstance(rewrite.path[0], TypeGuard) for rewrite in (*known, *rewrites))


def path_of(position: Position) -> Path:
    """Write where a position stands, as a plan's path."""
    steps: list[PathStep] = []
    here: Position | None = position
    while here is not None:
        if here.outer is not None:
            steps.append(TypeGuard((here.type.name,)))
        elif here.field is not None:
            steps.extend([LIST] * _list_depth(here))
            steps.append(here.field.key)
        here = here.above
    return tuple(reversed(steps))


def _list_depth(position: Position) -> int:
    assert position.field is not None, "Only a field returns lists."
    parent = position.field.position.type
    assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType), "Only these have fields."
    type_: object = parent.fields[position.field.name].type
    depth = 0
    while isinstance(type_, GraphQLList | GraphQLNonNull):
        depth += isinstance(type_, GraphQLList)
        type_ = type_.of_type
    return depth
