"""The directives of the federation specification: their canonical names, since when they exist, how they are defined.

The definitions are written with the specification's own type names; `names.py` translates them into a subgraph's.
"""

from __future__ import annotations

from dataclasses import dataclass

KEY = "@key"
EXTERNAL = "@external"
REQUIRES = "@requires"
PROVIDES = "@provides"
EXTENDS = "@extends"
SHAREABLE = "@shareable"
OVERRIDE = "@override"
TAG = "@tag"
INACCESSIBLE = "@inaccessible"
COMPOSE_DIRECTIVE = "@composeDirective"
INTERFACE_OBJECT = "@interfaceObject"
AUTHENTICATED = "@authenticated"
REQUIRES_SCOPES = "@requiresScopes"
POLICY = "@policy"
COST = "@cost"
LIST_SIZE = "@listSize"
CONTEXT = "@context"
FROM_CONTEXT = "@fromContext"
CACHE_TAG = "@cacheTag"
LINK = "@link"
DEPRECATED = "deprecated"
SPECIFIED_BY = "specifiedBy"

FEDERATION_1 = (1, 0)
FEDERATION_2 = (2, 0)
FEDERATION_2_BY_NAME = (2, 3)
LATEST = (2, 14)

FEDERATION_IDENTITY = "https://specs.apollo.dev/federation"
LINK_IDENTITY = "https://specs.apollo.dev/link"
JOIN_IDENTITY = "https://specs.apollo.dev/join"
APOLLO_SPECS = "https://specs.apollo.dev/"


@dataclass(frozen=True, slots=True)
class DirectiveSpecification:
    """`since` is the first federation version with the directive; `definition` is what follows its name."""

    name: str
    since: tuple[int, int]
    definition: str


_EVERYWHERE = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE"
    " | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_ACCESS = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"

DIRECTIVES = (
    DirectiveSpecification(
        KEY, (1, 0), "(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE"
    ),
    DirectiveSpecification(REQUIRES, (1, 0), "(fields: FieldSet!) on FIELD_DEFINITION"),
    DirectiveSpecification(PROVIDES, (1, 0), "(fields: FieldSet!) on FIELD_DEFINITION"),
    DirectiveSpecification(EXTERNAL, (1, 0), "(reason: String) on OBJECT | FIELD_DEFINITION"),
    DirectiveSpecification(EXTENDS, (1, 0), " on OBJECT | INTERFACE"),
    DirectiveSpecification(TAG, (1, 0), f"(name: String!) repeatable on {_EVERYWHERE} | SCHEMA"),
    DirectiveSpecification(INACCESSIBLE, (2, 0), f" on {_EVERYWHERE}"),
    DirectiveSpecification(SHAREABLE, (2, 0), " on OBJECT | FIELD_DEFINITION"),
    DirectiveSpecification(SHAREABLE, (2, 2), " repeatable on OBJECT | FIELD_DEFINITION"),
    DirectiveSpecification(OVERRIDE, (2, 0), "(from: String!) on FIELD_DEFINITION"),
    DirectiveSpecification(OVERRIDE, (2, 7), "(from: String!, label: String) on FIELD_DEFINITION"),
    DirectiveSpecification(COMPOSE_DIRECTIVE, (2, 1), "(name: String) repeatable on SCHEMA"),
    DirectiveSpecification(INTERFACE_OBJECT, (2, 3), " on OBJECT"),
    DirectiveSpecification(AUTHENTICATED, (2, 5), f" on {_ACCESS}"),
    DirectiveSpecification(REQUIRES_SCOPES, (2, 5), f"(scopes: [[Scope!]!]!) on {_ACCESS}"),
    DirectiveSpecification(POLICY, (2, 6), f"(policies: [[Policy!]!]!) on {_ACCESS}"),
    DirectiveSpecification(
        COST,
        (2, 9),
        "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR",
    ),
    DirectiveSpecification(
        LIST_SIZE,
        (2, 9),
        "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
        " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION",
    ),
    DirectiveSpecification(CONTEXT, (2, 8), "(name: String!) repeatable on INTERFACE | OBJECT | UNION"),
    DirectiveSpecification(FROM_CONTEXT, (2, 8), "(field: ContextFieldValue) on ARGUMENT_DEFINITION"),
    # Known, so that schemas which import everything compose; it only speaks to a cache that this router does not have.
    DirectiveSpecification(CACHE_TAG, (2, 12), "(format: String!) repeatable on OBJECT | FIELD_DEFINITION"),
)


def directives_since(version: tuple[int, int]) -> dict[str, DirectiveSpecification]:
    """Return the directives that a federation version knows, each as it was then. Federation 1 knows its own only."""
    return {spec.name: spec for spec in DIRECTIVES if spec.since <= version}


TYPES = ("FieldSet", "Scope", "Policy", "ContextFieldValue")
"""Scalars of the federation specification; a subgraph calls them by an import or by the link's prefix."""

LEGACY_TYPES = ("_Any", "_Entity", "_Service", "_FieldSet")
MACHINERY_FIELDS = ("_entities", "_service")

OWN_SPECIFICATIONS = {
    "tag": (TAG,),
    "inaccessible": (INACCESSIBLE,),
    "authenticated": (AUTHENTICATED,),
    "requiresScopes": (REQUIRES_SCOPES,),
    "policy": (POLICY,),
    "cost": (COST, LIST_SIZE),
    "context": (CONTEXT, FROM_CONTEXT),
}
"""Specifications which a schema may link to without the federation specification, and their directives."""


@dataclass(frozen=True, slots=True)
class SupergraphFeature:
    """A specification which the supergraph links to when one of its directives is applied there."""

    name: str
    version: str
    purpose: str | None
    directives: tuple[str, ...]

    @property
    def url(self) -> str:
        return f"{APOLLO_SPECS}{self.name}/{self.version}"


SUPERGRAPH_FEATURES = (
    SupergraphFeature("tag", "v0.3", None, (TAG,)),
    SupergraphFeature("inaccessible", "v0.2", "SECURITY", (INACCESSIBLE,)),
    SupergraphFeature("authenticated", "v0.1", "SECURITY", (AUTHENTICATED,)),
    SupergraphFeature("requiresScopes", "v0.1", "SECURITY", (REQUIRES_SCOPES,)),
    SupergraphFeature("policy", "v0.1", "SECURITY", (POLICY,)),
    SupergraphFeature("cost", "v0.1", None, (COST, LIST_SIZE)),
    SupergraphFeature("context", "v0.1", "SECURITY", (CONTEXT,)),
)

MERGED_DIRECTIVES = frozenset(
    {TAG, INACCESSIBLE, AUTHENTICATED, REQUIRES_SCOPES, POLICY, COST, LIST_SIZE, DEPRECATED, SPECIFIED_BY}
)
"""Applications of these go to the supergraph by themselves, without @composeDirective."""
