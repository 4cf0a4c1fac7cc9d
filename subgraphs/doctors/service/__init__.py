"""What the business decides about doctors."""

from dataclasses import dataclass

from shared.blobs.archive import DocumentArchive
from subgraphs.doctors.service.availability import AvailabilityService
from subgraphs.doctors.service.changing import DoctorChanger
from subgraphs.doctors.service.details import AddressDetails, DoctorChanges, Fee, NewDoctor, Point
from subgraphs.doctors.service.directory import DirectoryService
from subgraphs.doctors.service.erasure import ErasureService
from subgraphs.doctors.service.profiles import ProfileService
from subgraphs.doctors.service.ratings import RatingService
from subgraphs.doctors.service.registration import RegistrationService
from subgraphs.doctors.service.vetting import Decision, VettingService

__all__ = [
    "AddressDetails",
    "AvailabilityService",
    "Decision",
    "DirectoryService",
    "DoctorChanger",
    "DoctorChanges",
    "DoctorServices",
    "ErasureService",
    "Fee",
    "NewDoctor",
    "Point",
    "ProfileService",
    "RatingService",
    "RegistrationService",
    "VettingService",
]


@dataclass(frozen=True, slots=True)
class DoctorServices:
    """The parts of the business, one a concern."""

    registration: RegistrationService
    profiles: ProfileService
    vetting: VettingService
    directory: DirectoryService
    availability: AvailabilityService
    ratings: RatingService
    archive: DocumentArchive
    erasure: ErasureService
