"""Who the demo data is about: a doctor of every speciality, in several zones, and patients."""

import unicodedata
from dataclasses import dataclass

PASSWORD = "a demo of good health"  # noqa: S105  Printed at the end: these people are invented.


def _plain(name: str) -> str:
    return unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode().lower()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a doctor works; `location` is latitude and longitude in degrees."""

    city: str
    country: str
    zone: str
    currency: str
    location: tuple[float, float]


PUNE = Place("Pune", "IN", "Asia/Kolkata", "INR", (18.5204, 73.8567))
DELHI = Place("Delhi", "IN", "Asia/Kolkata", "INR", (28.6139, 77.2090))
MADRID = Place("Madrid", "ES", "Europe/Madrid", "EUR", (40.4168, -3.7038))
NEW_YORK = Place("New York", "US", "America/New_York", "USD", (40.7128, -74.0060))
AUCKLAND = Place("Auckland", "NZ", "Pacific/Auckland", "NZD", (-36.8509, 174.7645))


@dataclass(frozen=True, slots=True)
class DemoDoctor:
    """A doctor to be."""

    first: str
    last: str
    speciality: str
    place: Place
    fee: str
    years: int
    languages: tuple[str, ...]

    @property
    def email(self) -> str:
        """The doctor's address."""
        return f"{_plain(self.first)}.{_plain(self.last)}@doctors.demo.example"


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A patient to be."""

    first: str
    last: str
    zone: str
    locale: str

    @property
    def email(self) -> str:
        """The patient's address."""
        return f"{_plain(self.first)}.{_plain(self.last)}@patients.demo.example"


DOCTORS = (
    DemoDoctor("Meera", "Iyer", "GENERAL_PHYSICIAN", PUNE, "499.00", 12, ("en", "hi", "mr")),
    DemoDoctor("Arjun", "Nair", "CARDIOLOGIST", PUNE, "1200.00", 21, ("en", "ml")),
    DemoDoctor("Kavita", "Deshpande", "DENTIST", PUNE, "650.00", 8, ("en", "mr")),
    DemoDoctor("Farhan", "Qureshi", "PULMONOLOGIST", DELHI, "900.00", 15, ("en", "hi", "ur")),
    DemoDoctor("Simran", "Kaur", "ENT", DELHI, "700.00", 9, ("en", "hi", "pa")),
    DemoDoctor("Vikram", "Sethi", "GASTROENTEROLOGIST", DELHI, "1100.00", 18, ("en", "hi")),
    DemoDoctor("Lucía", "Romero", "DERMATOLOGIST", MADRID, "75.00", 11, ("es", "en")),
    DemoDoctor("Carmen", "Ortega", "GYNECOLOGIST", MADRID, "90.00", 24, ("es",)),
    DemoDoctor("Javier", "Molina", "NEUROLOGIST", MADRID, "120.00", 16, ("es", "en")),
    DemoDoctor("Grace", "Okafor", "ONCOLOGIST", NEW_YORK, "260.00", 19, ("en",)),
    DemoDoctor("Daniel", "Cohen", "OPHTHALMOLOGIST", NEW_YORK, "180.00", 14, ("en", "he")),
    DemoDoctor("Wei", "Chen", "ORTHOPEDIST", NEW_YORK, "220.00", 17, ("en", "zh")),
    DemoDoctor("Aroha", "Ngata", "PEDIATRICIAN", AUCKLAND, "95.00", 10, ("en", "mi")),
    DemoDoctor("Liam", "Fraser", "PSYCHIATRIST", AUCKLAND, "190.00", 13, ("en",)),
    DemoDoctor("Priya", "Menon", "UROLOGIST", AUCKLAND, "170.00", 12, ("en", "ml")),
)

PATIENTS = (
    DemoPatient("Asha", "Rao", "Asia/Kolkata", "hi-IN"),
    DemoPatient("Boris", "Lind", "Europe/Madrid", "en-GB"),
    DemoPatient("Elena", "Vidal", "Europe/Madrid", "es-ES"),
    DemoPatient("Noah", "Reed", "America/New_York", "en-US"),
    DemoPatient("Tane", "Walker", "Pacific/Auckland", "en-NZ"),
)

REVIEWS = (
    (5, "Listened, explained, and did not hurry."),
    (4, "Clear and kind; the call began a few minutes late."),
    (5, "The first doctor who drew me a picture."),
    (3, "Good advice, but I would have liked more time."),
)
