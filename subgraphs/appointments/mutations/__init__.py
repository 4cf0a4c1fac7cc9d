"""The mutations, a file for each part of the business."""

import strawberry

from subgraphs.appointments.mutations.availability import AvailabilityMutations
from subgraphs.appointments.mutations.booking import BookingMutations
from subgraphs.appointments.mutations.consultation import ConsultationMutations
from subgraphs.appointments.mutations.waitlist import WaitlistMutations


@strawberry.type
class Mutation(AvailabilityMutations, BookingMutations, ConsultationMutations, WaitlistMutations):
    """All of them."""
