"""How much work it is to see whether an operation's fields can be merged, known before it is done.

Fields of one response name in one place must be compared pair by pair, so a kilobyte of repeated fields can take a
second to validate. Here the pairs are counted in linear time: fields are grouped as they will be merged, fragments
spread out, and the walk ends where it has seen more than enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

_STEPS_FOR_A_PAIR = 5


class _TooMany(Exception):
    """The walk would go on for too long."""


class _Walk:
    """Counts a document's pairs, taking no more than a multiple of `most` steps."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], most: int) -> None:
        self._fragments = fragments
        self._steps_left = most * _STEPS_FOR_A_PAIR
        self.pairs = 0

    def count(self, root: SelectionSetNode) -> None:
        waiting = [[root]]
        while waiting:
            for nodes in self._merged(waiting.pop()).values():
                self.pairs += len(nodes) * (len(nodes) - 1) // 2
                if below := [node.selection_set for node in nodes if node.selection_set is not None]:
                    waiting.append(below)

    def _merged(self, selection_sets: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Group the fields of selection sets that stand in one place by their response names."""
        groups: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        pending = list(selection_sets)
        while pending:
            selections = pending.pop().selections
            self._steps_left -= len(selections)
            if self._steps_left < 0:
                raise _TooMany
            for node in selections:
                if isinstance(node, FieldNode):
                    groups.setdefault((node.alias or node.name).value, []).append(node)
                elif isinstance(node, InlineFragmentNode):
                    pending.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    if node.name.value in self._fragments:
                        pending.append(self._fragments[node.name.value].selection_set)
        return groups


def has_more_pairs(document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], most: int) -> bool:
    """Whether validation would compare more than `most` pairs of fields, or it would take too long to tell."""
    walk = _Walk(fragments, most)
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                walk.count(definition.selection_set)
    except _TooMany:
        return True
    return walk.pairs > most
