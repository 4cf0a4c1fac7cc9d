"""The supergraph: the join specification read into a model, and the schema that clients see."""

from router.supergraph.access import AccessRule, AccessRules, Grants
from router.supergraph.contexts import ContextualArgument
from router.supergraph.load import load_supergraph, parse_field_set
from router.supergraph.model import EntityKey, JoinedType, OwnedField, OwnedType, Subgraph, Supergraph

__all__ = [
    "AccessRule",
    "AccessRules",
    "ContextualArgument",
    "EntityKey",
    "Grants",
    "JoinedType",
    "OwnedField",
    "OwnedType",
    "Subgraph",
    "Supergraph",
    "load_supergraph",
    "parse_field_set",
]
