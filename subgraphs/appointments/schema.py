"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.appointments.access import RULES
from subgraphs.appointments.foreign import Doctor, User
from subgraphs.appointments.mutations import Mutation
from subgraphs.appointments.queries import Query
from subgraphs.appointments.subscriptions import Subscription
from subgraphs.appointments.types import Appointment, Prescription

schema = make_schema(
    RULES, query=Query, mutation=Mutation, subscription=Subscription, types=[Appointment, Prescription, Doctor, User]
)
