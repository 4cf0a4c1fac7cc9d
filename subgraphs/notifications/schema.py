"""The schema, assembled and guarded."""

from shared.graphql.schema import make_schema
from subgraphs.notifications.access import RULES
from subgraphs.notifications.foreign import User
from subgraphs.notifications.mutations import Mutation
from subgraphs.notifications.queries import Query
from subgraphs.notifications.types import Notification

schema = make_schema(RULES, query=Query, mutation=Mutation, types=[User, Notification])
