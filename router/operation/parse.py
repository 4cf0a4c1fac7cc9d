"""From the client's text to one chosen, valid operation.

Plain documents are read without locations. Whoever must tell of an error reads the text once more for them, by
`locate_operation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from router.errors import (
    GRAPHQL_PARSE_FAILED,
    GRAPHQL_VALIDATION_FAILED,
    OPERATION_RESOLUTION_FAILURE,
    OperationError,
)
from router.operation.plain_text import read_plain
from router.operation.plain_validity import is_plainly_valid


@dataclass(frozen=True, slots=True)
class Operation:
    """One valid operation of a document, alone or beside others, with the fragments it may spread."""

    kind: OperationType
    name: str | None
    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    root_type: GraphQLObjectType
    text: str
    is_alone: bool = False


def parse_operation(
    schema: GraphQLSchema,
    text: str,
    operation_name: str | None,
    *,
    max_tokens: int | None = None,
    check: Callable[[DocumentNode], None] | None = None,
    hide_suggestions: bool = False,
) -> Operation:
    """Parse and validate a document and pick its operation; raises OperationError.

    `check` may refuse the parsed document before time is spent on its validation, by raising OperationError.
    """
    document = read_plain(text, max_tokens) or _parse(text, max_tokens)
    if check is not None:
        check(document)
    definition = pick_operation(document, operation_name)
    if not is_plainly_valid(schema, document):
        _validate(schema, document if document.loc else _parse(text), hide_suggestions=hide_suggestions)
    root_type = schema.get_root_type(definition.operation)
    if root_type is None:
        message = f"The schema has no {definition.operation.value} type."
        raise OperationError(GRAPHQL_VALIDATION_FAILED, message)
    fragments = _fragments_of(document)
    name = definition.name.value if definition.name else None
    is_alone = len(fragments) + 1 == len(document.definitions)
    return Operation(definition.operation, name, definition, fragments, root_type, text, is_alone)


def locate_operation(operation: Operation) -> Operation:
    """Read an operation once more, so that its nodes know where in the text they stand."""
    document = _parse(operation.text)
    definition = pick_operation(document, operation.name)
    return replace(operation, definition=definition, fragments=_fragments_of(document))


def _fragments_of(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    found = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    return MappingProxyType(found)


def _parse(text: str, max_tokens: int | None = None) -> DocumentNode:
    try:
        document = parse(text, max_tokens=max_tokens)
    except GraphQLError as error:
        raise OperationError(GRAPHQL_PARSE_FAILED, [error]) from error
    _unlink_tokens(document)
    return document


def _unlink_tokens(document: DocumentNode) -> None:
    """Part the tokens that a document's locations hold on to, since a chain both ways is work for the collector."""
    token = document.loc.start_token if document.loc is not None else None
    while token is not None:
        following, token.prev, token.next = token.next, None, None
        token = following


def _validate(schema: GraphQLSchema, document: DocumentNode, *, hide_suggestions: bool) -> None:
    try:
        errors = validate(schema, document, hide_suggestions=hide_suggestions)
    except GraphQLError as error:  # What the library does upon a subscription whose field a variable leaves out.
        errors = [error]
    if errors:
        raise OperationError(GRAPHQL_VALIDATION_FAILED, errors)


def pick_operation(document: DocumentNode, operation_name: str | None) -> OperationDefinitionNode:
    """Pick the operation of that name, or the only one; raises OperationError."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if operation_name is None:
        if len(operations) == 1:
            return operations[0]
        message = "The document holds no operation." if not operations else "Several operations, and no operationName."
        raise OperationError(OPERATION_RESOLUTION_FAILURE, message)
    for operation in operations:
        if operation.name and operation.name.value == operation_name:
            return operation
    message = f"Unknown operation named {operation_name!r}."
    raise OperationError(OPERATION_RESOLUTION_FAILURE, message)
