"""The mutations."""

import strawberry

from subgraphs.doctors.mutations.documents import DocumentMutations
from subgraphs.doctors.mutations.profiles import ProfileMutations
from subgraphs.doctors.mutations.reviews import ReviewMutations

__all__ = ["Mutation"]


@strawberry.type
class Mutation(ProfileMutations, ReviewMutations, DocumentMutations):
    pass
