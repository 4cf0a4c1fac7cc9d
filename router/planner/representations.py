"""What representations hold: field sets turned into requirements, which are read by the keys of the response."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode

from router.operation import TYPENAME, SelectionTree, print_arguments
from router.plan.nodes import RequiredField, RequiredFragment, Requirement


class RequirementConflictError(Exception):
    """One field would have to be sent with two values (asked for with different arguments)."""


class RequirementLayer:
    """Requirements laid over each other: by the name sent, the key read and what is sent below."""

    __slots__ = ("fields", "fragments")

    def __init__(self) -> None:
        self.fields: dict[str, tuple[str, RequirementLayer]] = {}
        self.fragments: dict[str, RequirementLayer] = {}

    def add(self, tree: SelectionTree, path: tuple[str, ...], type_name: str, wanted: SelectionSetNode) -> None:
        """Add a field set of the objects at `path`; raises RequirementConflictError."""
        for node in wanted.selections:
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else type_name
                inner = self if condition == type_name else self.fragments.setdefault(condition, RequirementLayer())
                inner.add(tree, path, condition, node.selection_set)
                continue
            assert isinstance(node, FieldNode), "A field set holds fields and inline fragments."
            name = node.name.value
            text = print_arguments(node.arguments) if node.arguments else ""
            key = TYPENAME if name == TYPENAME else tree.response_key(path, name, text)
            read, below = self.fields.setdefault(name, (key, RequirementLayer()))
            if read != key:
                message = f"{name} is required with different arguments."
                raise RequirementConflictError(message)
            if node.selection_set is not None:
                below.add(tree, (*path, key), "", node.selection_set)

    def write(self) -> tuple[Requirement, ...]:
        """Write it as the plan's grammar has it."""
        written: list[Requirement] = [
            RequiredField(name, None if key == name else key, below.write())
            for name, (key, below) in self.fields.items()
        ]
        written.extend(RequiredFragment(name, below.write()) for name, below in self.fragments.items())
        return tuple(written)


def lay_requirements(
    tree: SelectionTree, path: tuple[str, ...], type_name: str, wanted: Iterable[SelectionSetNode]
) -> RequirementLayer:
    """Lay all field sets that one entity is entered with over each other; raises RequirementConflictError."""
    layer = RequirementLayer()
    layer.fields[TYPENAME] = (TYPENAME, RequirementLayer())
    for selection_set in wanted:
        layer.add(tree, path, type_name, selection_set)
    return layer
