"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.doctors.access import RULES
from subgraphs.doctors.foreign import Account
from subgraphs.doctors.mutations import Mutation
from subgraphs.doctors.queries import Query
from subgraphs.doctors.types import Doctor

schema = make_schema(RULES, query=Query, mutation=Mutation, types=[Account, Doctor])
