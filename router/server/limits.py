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
from router.server.overlaps import has_more_pairs

_MOST_SCHEMAS = 2


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
        self.fields = 0

    def selection_set(self, node: SelectionSetNode | None) -> _Size:
        """Measure; `fields` counts this level only."""
        size = _Size()
        for selection in node.selections if node else ():
            size.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                self.fields += 1
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
        size.directives += len(definition.directives or ())
        self._open.discard(name)
        return size


def document_check(limits: LimitsConfig, *, introspection: bool) -> Callable[[DocumentNode], None]:
    """Make the check of documents; it raises `OperationError`."""

    def check(document: DocumentNode) -> None:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        measure = _Measure(fragments)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                size = measure.selection_set(definition.selection_set)
                size.directives += _directives_of(definition)
                _check_size(size, limits)
        # So few cannot make too many pairs, and most documents have no more.
        is_small = len(document.definitions) == 1 and measure.fields**2 < 2 * limits.field_pairs
        if not is_small and has_more_pairs(document, fragments, limits.field_pairs):
            message = "The operation has too many fields of one name in one place."
            extensions = {"limit": "field_pairs", "maximum": limits.field_pairs}
            raise OperationError(QUERY_TOO_COMPLEX, [GraphQLError(message, extensions=extensions)])
        _check_introspection(document, allowed=introspection)

    return check


def _directives_of(definition: OperationDefinitionNode) -> int:
    variables = definition.variable_definitions or ()
    return len(definition.directives or ()) + sum(len(variable.directives or ()) for variable in variables)


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


def _check_introspection(document: DocumentNode, *, allowed: bool) -> None:
    """Refuse introspection where it is off, and the whole schema many times over."""
    schemas = 0
    pending: list[SelectionSetNode | None] = [getattr(node, "selection_set", None) for node in document.definitions]
    while pending:
        node = pending.pop()
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode) and selection.name.value in {"__schema", "__type"}:
                if not allowed:
                    raise OperationError(GRAPHQL_VALIDATION_FAILED, "Introspection is switched off.")
                schemas += selection.name.value == "__schema"
            pending.append(getattr(selection, "selection_set", None))
    if schemas > _MOST_SCHEMAS:
        error = GraphQLError(
            f"The operation asks for the schema {schemas} times.",
            extensions={"limit": "introspection", "maximum": _MOST_SCHEMAS},
        )
        raise OperationError(QUERY_TOO_COMPLEX, [error])
