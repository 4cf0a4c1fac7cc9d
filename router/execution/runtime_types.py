"""Which type an object of the response has.

NOTE: Where a field's type is abstract, `__typename` tells. It may be absent, when the plan did not need it, or name an
interface, when only a subgraph with an interface object was asked. The object is then known as that interface only:
the interface's own fields are completed, and just `__typename` has no answer.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType

ObjectLike: TypeAlias = GraphQLObjectType | GraphQLInterfaceType


def runtime_type(schema: GraphQLSchema, expected: object, typename: Any) -> ObjectLike | None:
    """Find the type of an object found where `expected`, an abstract type, is; None where it does not fit there."""
    if not isinstance(expected, GraphQLInterfaceType | GraphQLUnionType):
        return None
    named = expected if typename is None else schema.get_type(typename) if isinstance(typename, str) else None
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return None
    return named if named is expected or schema.is_sub_type(expected, named) else None
