"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.security.access import RULES
from subgraphs.security.foreign import User
from subgraphs.security.mutations import Mutation
from subgraphs.security.queries import Query
from subgraphs.security.types import Account

schema = make_schema(RULES, query=Query, mutation=Mutation, types=[Account, User])
