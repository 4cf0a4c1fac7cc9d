"""Limits on documents, checked on the parsed text before it is validated or any subgraph is called.

Fragments are followed where they are spread, so that nothing can be hidden in one; each fragment is measured once,
so that measuring stays linear in the document's size, however the fragments are nested.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from router.config import LimitsConfig
from router.errors import GRAPHQL_VALIDATION_FAILED, QUERY_TOO_COMPLEX, OperationError


@dataclass(slots=True)
class _Size:
    """How large a selection set is, its fragments spread out."""

    depth: int = 0
    height: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0

    def add(self, other: _Size, *, deeper: int) -> None:
        self.depth = max(self.depth, other.depth + deeper)
        self.height += other.height
        self.aliases += other.aliases
        self.directives += other.directives


class _Measure:
    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, _Size] = {}
        self._open: set[str] = set()

    def selection_set(self, node: SelectionSetNode | None) -> _Size:
        """Measure; `fields` counts this level only."""
        size = _Size()
        for selection in node.selections if node else ():
            size.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                size.fields += 1
                size.height += 1
                size.aliases += selection.alias is not None
                size.add(self.selection_set(selection.selection_set), deeper=1)
                continue
            if isinstance(selection, FragmentSpreadNode):
                inner = self._fragment(selection.name.value)
            else:
                assert isinstance(selection, InlineFragmentNode), "A selection is a field, a spread or a fragment."
                inner = self.selection_set(selection.selection_set)
            size.fields += inner.fields
            size.add(inner, deeper=0)
        return size

    def _fragment(self, name: str) -> _Size:
        known = self._known.get(name)
        if known is not None:
            return known
        definition = self._fragments.get(name)
        if definition is None or name in self._open:
            return _Size()  # Validation reports unknown fragments and cycles.
        self._open.add(name)
        size = self._known[name] = self.selection_set(definition.selection_set)
        self._open.discard(name)
        return size


def document_check(limits: LimitsConfig, *, introspection: bool) -> Callable[[DocumentNode], None]:
    """Make the check of documents; it raises `OperationError`."""

    def check(document: DocumentNode) -> None:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        measure = _Measure(fragments)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                _check_size(measure.selection_set(definition.selection_set), limits)
        if not introspection:
            _refuse_introspection(document)

    return check


def _check_size(size: _Size, limits: LimitsConfig) -> None:
    for name, measured, limit in (
        ("depth", size.depth, limits.depth),
        ("height", size.height, limits.height),
        ("root_fields", size.fields, limits.root_fields),
        ("aliases", size.aliases, limits.aliases),
        ("directives", size.directives, limits.directives),
    ):
        if limit is not None and measured > limit:
            words = name.replace("_", " ")
            error = GraphQLError(
                f"The operation's {words} of {measured} is over the limit of {limit}.",
                extensions={"limit": name, "maximum": limit},
            )
            raise OperationError(QUERY_TOO_COMPLEX, [error])


def _refuse_introspection(document: DocumentNode) -> None:
    pending: list[SelectionSetNode | None] = [getattr(node, "selection_set", None) for node in document.definitions]
    while pending:
        node = pending.pop()
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode) and selection.name.value in {"__schema", "__type"}:
                raise OperationError(GRAPHQL_VALIDATION_FAILED, "Introspection is switched off.")
            pending.append(getattr(selection, "selection_set", None))
