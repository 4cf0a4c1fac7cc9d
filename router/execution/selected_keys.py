"""Which response keys a fetch's operation brings to the objects it completes: read only after the fetch has failed."""

from __future__ import annotations

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)


def selected_keys(operation: str, entity_key: str | None = None) -> frozenset[str]:
    """Name the keys of the root, or of the entities under response key `entity_key`."""
    document = parse(operation, no_location=True)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    root = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    fields = _fields(root.selection_set, fragments)
    if entity_key is not None:
        entities = [field for field in fields if _key(field) == entity_key]
        fields = [inner for field in entities for inner in _fields(field.selection_set, fragments)]
    return frozenset(_key(field) for field in fields)


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _fields(selection_set: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> list[FieldNode]:
    found: list[FieldNode] = []
    for selection in selection_set.selections if selection_set else ():
        if isinstance(selection, FieldNode):
            found.append(selection)
        elif isinstance(selection, FragmentSpreadNode):
            found += _fields(fragments[selection.name.value].selection_set, fragments)
        else:
            found += _fields(getattr(selection, "selection_set", None), fragments)
    return found
