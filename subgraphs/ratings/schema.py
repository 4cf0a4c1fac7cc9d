"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.ratings.access import RULES
from subgraphs.ratings.foreign import Appointment, Doctor
from subgraphs.ratings.mutations import Mutation
from subgraphs.ratings.types import Rating

schema = make_schema(RULES, mutation=Mutation, types=[Appointment, Doctor, Rating])
