"""Doctors for the directory's benchmark, put straight into a home's stores: profiles, hours, some bookings, ratings."""

import random
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from shared.stores.embedded_mongod import EmbeddedMongod
from shared.stores.mongo import MongoStore
from shared.stores.sql import SqlStore
from shared.stores.words import fold, words_of
from subgraphs.appointments.tables import AvailabilityRow, ReservationRow
from subgraphs.doctors.documents import DOCUMENTS as DOCTORS
from subgraphs.doctors.documents import Address, DoctorDocument, DoctorStatus, Speciality
from subgraphs.doctors.repository.standing import standing_of
from subgraphs.ratings.documents import DOCUMENTS as RATINGS
from subgraphs.ratings.documents import RatingDocument, RatingStatus

RATINGS_EACH = 5
BATCH = 1_000
"""Doctors put there at once."""
TAKEN_EACH = 30
"""Reserved ticks of each doctor, in the first hours of tomorrow."""
CITIES = ("Pune", "Delhi", "Sevilla", "Auckland", "Chicago")
SPECIALITIES = tuple(Speciality)


async def seed(home: Path, numbers: range) -> None:
    """Put doctors into a stopped platform's stores."""
    mongod = EmbeddedMongod(home / "mongo")
    url = await mongod.start()
    try:
        store = MongoStore.connect(url, "bmc_doctors")
        await store.open(DOCTORS)
        for some in batched(numbers):
            await DoctorDocument.insert_many([doctor(number) for number in some])
        await store.close()
        store = MongoStore.connect(url, "bmc_ratings")
        await store.open(RATINGS)
        for some in batched(numbers):
            await RatingDocument.insert_many([one for number in some for one in ratings(number)])
        await store.close()
    finally:
        await mongod.stop()
    sql = await SqlStore.open(f"sqlite+aiosqlite:///{home / 'appointments.db'}")

    async def work(some: range) -> None:
        await sql.session.execute(insert(AvailabilityRow), [hours(number) for number in some])
        await sql.session.execute(insert(ReservationRow), [tick for number in some for tick in taken(number)])

    for some in batched(numbers):
        await sql.transaction(partial(work, some))
    await sql.close()


def batched(numbers: range) -> list[range]:
    return [numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH)]


def doctor(number: int) -> DoctorDocument:
    """Make an ACTIVE doctor's profile; nothing about it asks to be refreshed during the measurement."""
    chance = random.Random(number)
    city, now = chance.choice(CITIES), datetime.now(UTC)
    first, last = f"Meera{number}", f"Iyer{number}"
    stars = [chance.randint(1, 5) for _ in range(RATINGS_EACH)]
    made: DoctorDocument = DoctorDocument(
        id=doctor_id(number),
        account_id=f"acc_{number:026d}",
        email=f"doctor{number}@people.example",
        first_name=first,
        last_name=last,
        date_of_birth=None,
        phone="+912233445566",
        registration_number=f"MC-{number}",
        status=DoctorStatus.ACTIVE,
        speciality=chance.choice(SPECIALITIES),
        qualifications=["MBBS", "MD"],
        years_of_experience=chance.randint(1, 40),
        languages=["en", "hi"],
        bio="Takes time to listen." * 5,
        fee_amount=f"{chance.randint(100, 2000)}.00",
        fee_currency="INR",
        time_zone="Asia/Kolkata",
        address=Address(line1="1 Lake Road", line2=None, city=city, region=None, postal_code=None, country_code="IN"),
        location=None,
        city_key=fold(city),
        language_keys=["en", "hi"],
        words=words_of([first, last]),
        total_stars=sum(stars),
        rating_count=len(stars),
        average=sum(stars) / len(stars),
        next_available=now + timedelta(hours=chance.randint(1, 100)),
        availability_due=now + timedelta(days=30),
        created_at=now,
    )
    made.standing = standing_of(made)
    return made


def ratings(number: int) -> list[RatingDocument]:
    """Make a doctor's ratings."""
    now = datetime.now(UTC)
    return [
        RatingDocument(
            id=f"rat_{number * RATINGS_EACH + place:026d}",
            appointment_id=f"apt_{number * RATINGS_EACH + place:026d}",
            doctor_id=doctor_id(number),
            user_id=f"usr_{place}",
            author="Asha R.",
            stars=random.Random(number + place).randint(1, 5),
            comment="Kind, and on time.",
            status=RatingStatus.PUBLISHED,
            created_at=now - timedelta(hours=place),
        )
        for place in range(RATINGS_EACH)
    ]


def hours(number: int) -> dict[str, Any]:
    """Publish nine to five, every day."""
    return {
        "doctor_id": doctor_id(number),
        "weekly": [[day, 540, 1020] for day in range(7)],
        "slot_minutes": 30,
        "buffer_minutes": 0,
        "minimum_notice_minutes": 0,
        "horizon_days": 60,
        "version": 1,
        "changed_at": datetime.now(UTC),
    }


def taken(number: int) -> list[dict[str, Any]]:
    """Reserve the doctor's first ticks from the next midnight in Kolkata's nine o'clock on."""
    nine = datetime.now(UTC).replace(hour=3, minute=30, second=0, microsecond=0) + timedelta(days=1)
    first = int(nine.timestamp()) // 300
    return [
        {"owner_id": doctor_id(number), "tick": first + place, "holder": f"apt_{number}", "held_until": None}
        for place in range(TAKEN_EACH)
    ]


def doctor_id(number: int) -> str:
    """Name a doctor."""
    return f"doc_{number:026d}"
