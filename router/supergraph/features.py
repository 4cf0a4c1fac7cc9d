"""Under which names a supergraph uses the directives of the features that it links.

NOTE: core/link v1.0. `@link(url: ".../cost/v0.1", as: "c", import: [{name: "@cost", as: "@price"}])` makes the
feature's `@cost` `@price` here, and its `@listSize` `@c__listSize`; the directive named as its feature is `@c` unless
it is imported. A directive that nobody linked counts under its own name: a rule that is written down is never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import ConstDirectiveNode, DirectiveNode, DocumentNode, SchemaDefinitionNode, value_from_ast_untyped

from router.supergraph.public import read_argument

_FEATURES = {
    "authenticated": ("authenticated",),
    "requiresScopes": ("requiresScopes",),
    "policy": ("policy",),
    "cost": ("cost", "listSize"),
}


def local_names(document: DocumentNode) -> Mapping[str, str]:
    """Map each name under which a directive may stand in the document to its specification's name."""
    names = {name: name for directives in _FEATURES.values() for name in directives}
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode):
            for directive in definition.directives:
                if directive.name.value in {"link", "core"}:
                    names.update(_linked_names(directive))
    return names


def _linked_names(link: DirectiveNode) -> Iterable[tuple[str, str]]:
    url = str(read_argument(link, "url") or read_argument(link, "feature") or "")
    feature = next((part for part in url.split("/") if part in _FEATURES), None)
    if feature is None:
        return
    prefix = str(read_argument(link, "as") or feature)
    imported = dict(_imports(link))
    for name in _FEATURES[feature]:
        default = prefix if name == feature else f"{prefix}__{name}"
        yield imported.get(name, default), name


def _imports(link: DirectiveNode) -> Iterable[tuple[str, str]]:
    for item in read_arguments(link).get("import") or ():
        entry = item if isinstance(item, dict) else {"name": item}
        name = str(entry["name"]).removeprefix("@")
        yield name, str(entry.get("as") or name).removeprefix("@")


def read_arguments(directive: DirectiveNode | ConstDirectiveNode) -> dict[str, Any]:
    """Read all arguments of a directive, which are constants."""
    return {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments}
