"""INVALID_LINK_DIRECTIVE_USAGE: a link that imports what does not exist, or links a specification twice."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from router.composition.model import Link
from router.composition.rules.subgraph_document import SubgraphDocument
from router.composition.specification import APOLLO_SPECS, FEDERATION_IDENTITY, TYPES, directives_since
from router.errors import CompositionIssue

_IMPORTED_ONLY = frozenset({"tag", "inaccessible"})
_CODE = "INVALID_LINK_DIRECTIVE_USAGE"


def check_document(document: SubgraphDocument) -> Iterator[CompositionIssue]:
    seen: set[str] = set()
    for link in document.links:
        if link.identity in seen:
            message = f'Cannot link feature "{link.identity}" since it has already been linked in the schema.'
            yield CompositionIssue(_CODE, message, document.name, link.line)
        seen.add(link.identity)
        for message in (*_unknown_imports(link), *_confusing_imports(link), *_detours(link)):
            yield CompositionIssue(_CODE, message, document.name, link.line)


def _unknown_imports(link: Link) -> Iterator[str]:
    if link.identity != FEDERATION_IDENTITY or link.version is None:
        return
    known = list(directives_since(link.version))
    for alias, name in link.imports.items():
        if name not in known and name not in TYPES:
            close = get_close_matches(name, known, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            yield f'Cannot import unknown element "{name}".{hint}'
        elif alias.startswith("@") != name.startswith("@"):
            yield f"Invalid @link import renaming: directive \"{name}\" imported name should start with a '@' character"


def _confusing_imports(link: Link) -> Iterator[str]:
    for alias, name in link.imports.items():
        if alias.lstrip("@").startswith("join__") and link.name != "join":
            yield (
                f'Cannot import "{name}" as "{alias}" from feature "{link.identity}" since it can be confused with a'
                ' namespaced name from another linked feature "https://specs.apollo.dev/join". Please rename the import'
                ' or feature to avoid conflicts via "as".'
            )


def _detours(link: Link) -> Iterator[str]:
    if link.identity.startswith(APOLLO_SPECS) and link.name in _IMPORTED_ONLY:
        yield (
            f'Please import "@{link.name}" from the feature "{FEDERATION_IDENTITY}" instead of using "{link.identity}"'
            " to avoid potential unexpected behavior in the future."
        )
