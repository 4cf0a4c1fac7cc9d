"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.users.access import RULES
from subgraphs.users.foreign import Account
from subgraphs.users.mutations import Mutation
from subgraphs.users.queries import Query
from subgraphs.users.types import User

schema = make_schema(RULES, query=Query, mutation=Mutation, types=[Account, User])
