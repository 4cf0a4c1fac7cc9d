"""ROOT_QUERY_USED, ROOT_MUTATION_USED, ROOT_SUBSCRIPTION_USED: a type that is not the root has the root's name."""

from __future__ import annotations

from collections.abc import Iterator

from router.composition.rules.subgraph_document import SubgraphDocument
from router.errors import CompositionIssue


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    for operation, name in document.root_types.items():
        default = operation.capitalize()
        other = document.type_definitions.get(default)
        if name != default and other is not None:
            message = (
                f'The schema has a type named "{default}" but it is not set as the {operation} root type ("{name}" is'
                " instead): this is not supported by federation. If a root type does not use its default name, there"
                " should be no other type with that default name."
            )
            yield document.issue(f"ROOT_{operation.upper()}_USED", message, other)
