"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.payments.access import RULES
from subgraphs.payments.foreign import Appointment, User
from subgraphs.payments.mutations import Mutation
from subgraphs.payments.queries import Query
from subgraphs.payments.types import Payment

schema = make_schema(RULES, query=Query, mutation=Mutation, types=[Appointment, User, Payment])
