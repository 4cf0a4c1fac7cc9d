"""What the business decides about patients."""

from dataclasses import dataclass

from shared.blobs.archive import DocumentArchive
from subgraphs.users.service.erasure import ErasureService
from subgraphs.users.service.profiles import READ_DOCUMENTS, READ_PROFILE, ProfileService, Sight, UserChanges
from subgraphs.users.service.registration import NewUser, RegistrationService

__all__ = [
    "READ_DOCUMENTS",
    "READ_PROFILE",
    "ErasureService",
    "NewUser",
    "ProfileService",
    "RegistrationService",
    "Sight",
    "UserChanges",
    "UserServices",
]


@dataclass(frozen=True, slots=True)
class UserServices:
    """The parts of the business, one a concern."""

    registration: RegistrationService
    profiles: ProfileService
    archive: DocumentArchive
    erasure: ErasureService
