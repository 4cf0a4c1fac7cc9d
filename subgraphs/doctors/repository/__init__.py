"""The queries: of doctors, of the directory's pages, and the memory of doctors read lately."""

from subgraphs.doctors.repository.cache import DoctorCache
from subgraphs.doctors.repository.directory import DirectoryQuery, DoctorSort, Near, Placed
from subgraphs.doctors.repository.doctors import ACTIVATED, DoctorRepository
from subgraphs.doctors.repository.pages import DirectoryPages

__all__ = [
    "ACTIVATED",
    "DirectoryPages",
    "DirectoryQuery",
    "DoctorCache",
    "DoctorRepository",
    "DoctorSort",
    "Near",
    "Placed",
]
