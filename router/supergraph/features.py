"""The features that a supergraph links: which the router must know, and under which names their directives stand.

NOTE: core/link v1.0. `@link(url: ".../cost/v0.1", as: "c", import: [{name: "@cost", as: "@price"}])` makes the
feature's `@cost` `@price` here, and its `@listSize` `@c__listSize`; the directive named as its feature is `@c` unless
it is imported. A directive that nobody linked counts under its own name: a rule that is written down is never ignored.
A feature that is linked `for: SECURITY` or `for: EXECUTION` changes what may be answered, or how, so a router that does
not know it must not serve the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DirectiveNode,
    DocumentNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    value_from_ast_untyped,
)

from router.errors import SupergraphError

_SPECIFICATIONS = "https://specs.apollo.dev/"
_LINKING = ("link", "core")
_DIRECTIVES = {
    "inaccessible": ("inaccessible",),
    "authenticated": ("authenticated",),
    "requiresScopes": ("requiresScopes",),
    "policy": ("policy",),
    "cost": ("cost", "listSize"),
    "context": ("context",),
}
_KNOWN = frozenset(
    f"{_SPECIFICATIONS}{feature}"
    for feature in (
        *(f"join/v0.{minor}" for minor in range(1, 6)),
        *("inaccessible/v0.1", "inaccessible/v0.2"),
        *("authenticated/v0.1", "requiresScopes/v0.1", "policy/v0.1", "cost/v0.1", "context/v0.1"),
        *("tag/v0.1", "tag/v0.2", "tag/v0.3", "link/v1.0", "core/v0.1", "core/v0.2"),
    )
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One linked feature; `imports` maps what its specification calls things to what they are called here.

    Directives have their `@` in it, types have none.
    """

    url: str
    name: str
    prefix: str
    purpose: str | None
    imports: Mapping[str, str]

    def local_name(self, directive: str) -> str:
        """Return what one of its directives is called here."""
        default = self.prefix if directive == self.name else f"{self.prefix}__{directive}"
        return self.imports.get(f"@{directive}", default).removeprefix("@")


def read_features(document: DocumentNode) -> tuple[Feature, ...]:
    """Read the links of a supergraph, in order. What links, `@link` or `@core`, may itself have another name."""
    applied = [
        (directive.name.value, read_arguments(directive))
        for definition in document.definitions
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode)
        for directive in definition.directives
    ]
    urls = [(name, str(given.get("url") or given.get("feature") or "")) for name, given in applied]
    linking = {name for name, url in urls if url.startswith(tuple(f"{_SPECIFICATIONS}{own}/" for own in _LINKING))}
    return tuple(
        _read_feature(url, given)
        for (name, url), (_, given) in zip(urls, applied, strict=True)
        if name in linking.union(_LINKING)
    )


def _read_feature(url: str, given: Mapping[str, Any]) -> Feature:
    name = next((part for part in reversed(url.split("/")) if part and not _is_version(part)), "")
    return Feature(url, name, str(given.get("as") or name), given.get("for"), dict(_imports(given)))


def _is_version(part: str) -> bool:
    return part[:1] == "v" and part[1:2].isdigit()


def _imports(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for item in given.get("import") or ():
        entry = item if isinstance(item, dict) else {"name": item}
        yield str(entry["name"]), str(entry.get("as") or entry["name"])


def check_features(features: Iterable[Feature]) -> None:
    """Raise SupergraphError for those that have a purpose and are not known here."""
    unknown = [f"{one.url} (for: {one.purpose})" for one in features if one.purpose and one.url not in _KNOWN]
    if unknown:
        raise SupergraphError(f"The supergraph needs what this router does not know: {', '.join(unknown)}.")


def local_names(features: Iterable[Feature]) -> Mapping[str, str]:
    """Map each name under which a directive may stand in the document to its specification's name."""
    names = {name: name for directives in _DIRECTIVES.values() for name in directives}
    for feature in features:
        if feature.url.startswith(_SPECIFICATIONS):
            names |= {feature.local_name(name): name for name in _DIRECTIVES.get(feature.name, ())}
    return names


def read_arguments(directive: DirectiveNode | ConstDirectiveNode) -> dict[str, Any]:
    """Read all arguments of a directive, which are constants."""
    return {argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments}
