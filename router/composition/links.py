"""The `@link`s of a schema: what it imports from which specification, and under which names.

https://specs.apollo.dev/link/v1.0: a directive of a linked specification is called by its import (which may rename
it), or by the specification's prefix and two underscores (`@federation__key`), or, where it is called as the
specification itself, by the bare prefix (`@tag`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DirectiveNode, DocumentNode, SchemaDefinitionNode, SchemaExtensionNode, StringValueNode

from router.composition.model import Link
from router.composition.specification import (
    APOLLO_SPECS,
    FEDERATION_1,
    FEDERATION_2_BY_NAME,
    FEDERATION_IDENTITY,
    LEGACY_TYPES,
    LINK,
    LINK_IDENTITY,
    OWN_SPECIFICATIONS,
    TYPES,
    directives_since,
)
from router.composition.values import literal

_OWN_IDENTITIES = frozenset(
    {FEDERATION_IDENTITY, LINK_IDENTITY, *(f"{APOLLO_SPECS}{name}" for name in OWN_SPECIFICATIONS)}
)
LINK_PURPOSES = ("SECURITY", "EXECUTION")
_VERSION = re.compile(r"^v(\d+)\.(\d+)$")


def schema_directives(document: DocumentNode) -> Iterator[DirectiveNode]:
    """Yield the directives applied on the schema definition and its extensions."""
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield from definition.directives


def read_links(document: DocumentNode) -> tuple[Link, ...]:
    """Read every `@link` of the document, in order."""
    name = _link_name(document)
    return tuple(_read_link(node) for node in schema_directives(document) if node.name.value == name and _url(node))


def _link_name(document: DocumentNode) -> str:
    """Return what `@link` is called here: the link specification may link itself under another name."""
    for node in schema_directives(document):
        if _url(node).startswith(f"{LINK_IDENTITY}/"):
            return node.name.value
    return "link"


def _url(node: DirectiveNode) -> str:
    for argument in node.arguments:
        if argument.name.value == "url" and isinstance(argument.value, StringValueNode):
            return argument.value.value
    return ""


def _read_link(node: DirectiveNode) -> Link:
    url = _url(node)
    arguments = {argument.name.value: literal(argument.value).value for argument in node.arguments}
    parts = url.rstrip("/").split("/")
    match = _VERSION.match(parts[-1])
    name = parts[-2] if match and len(parts) > 1 else parts[-1]
    identity = "/".join(parts[:-1]) if match else url
    return Link(
        url,
        identity,
        name,
        (int(match[1]), int(match[2])) if match else None,
        alias if isinstance(alias := arguments.get("as"), str) and alias else name,
        dict(_imports(arguments.get("import") or [])),
        node.loc.start_token.line if node.loc else None,
    )


def _imports(entries: Any) -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, str):
            yield entry, entry
        elif isinstance(entry, dict) and isinstance(name := entry.get("name"), str):
            alias = entry.get("as")
            yield alias if isinstance(alias, str) and alias else name, name
        else:
            yield str(entry), str(entry)  # Nothing is called so, as a rule will find.


@dataclass(frozen=True, slots=True)
class Names:
    """What a subgraph calls things: its directive names to canonical ones, and the types which are not its own."""

    directives: Mapping[str, str]
    types: Mapping[str, str]
    prefixes: tuple[str, ...]
    link_scalars: frozenset[str]

    def canonical(self, directive: str) -> str:
        return self.directives.get(directive, directive)

    def is_machinery_type(self, name: str) -> bool:
        return (
            name in self.types
            or name in LEGACY_TYPES
            or name in self.link_scalars
            or any(name.startswith(f"{prefix}__") for prefix in self.prefixes)
        )

    def is_machinery_directive(self, name: str) -> bool:
        return name in self.directives or any(name.startswith(f"{prefix}__") for prefix in self.prefixes)


def federation_version(links: tuple[Link, ...]) -> tuple[int, int]:
    """Return the version of the federation specification that is linked, (1, 0) where none is."""
    versions = [link.version for link in links if link.identity == FEDERATION_IDENTITY]
    return versions[0] or FEDERATION_1 if versions else FEDERATION_1


def read_names(document: DocumentNode, links: tuple[Link, ...]) -> Names:
    """Work out the subgraph's names for the directives and types of the specifications it links to."""
    directives = {_link_name(document): LINK}
    types: dict[str, str] = {}
    if federation_version(links) == FEDERATION_1:
        # Federation 1 takes directives of early Federation 2 for such where the schema defines them itself.
        directives |= {name[1:]: name for name in directives_since(FEDERATION_2_BY_NAME)}
        types |= {"_FieldSet": "FieldSet", "FieldSet": "FieldSet"}
    for link in links:
        if link.identity == FEDERATION_IDENTITY:
            known = tuple(directives_since(link.version or FEDERATION_1))
        elif link.identity.startswith(APOLLO_SPECS):
            known = OWN_SPECIFICATIONS.get(link.name, ())
        else:
            continue
        directives |= dict(_directive_names(link, known))
        types |= dict(_type_names(link))
    prefixes = tuple(link.prefix for link in links if link.identity in _OWN_IDENTITIES)
    return Names(directives, types, (*prefixes, "link"), frozenset({"link__Import", "link__Purpose"}))


def _directive_names(link: Link, known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    imported = {original: alias for alias, original in link.imports.items()}
    for name in known:
        if name in imported:
            yield imported[name].lstrip("@"), name
        elif name == f"@{link.name}":
            yield link.prefix, name
        else:
            yield f"{link.prefix}__{name[1:]}", name


def _type_names(link: Link) -> Iterator[tuple[str, str]]:
    imported = {original: alias for alias, original in link.imports.items()}
    for name in TYPES if link.identity == FEDERATION_IDENTITY else ():
        yield imported.get(name, f"{link.prefix}__{name}"), name
    if link.identity == LINK_IDENTITY:
        for name in ("Import", "Purpose"):
            yield imported.get(name, f"{link.prefix}__{name}"), name
