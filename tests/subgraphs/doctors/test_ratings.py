"""The average follows the ratings subgraph's count, whatever is delivered twice, late or out of order."""

import asyncio

from shared.errors import SubgraphUnavailable
from shared.events.declared import event
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.doctors.conftest import Clinic, RatingPublished

SHOW = "query($id: ID!) { doctor(id: $id) { averageRating ratingCount } }"


async def shown(clinic: Clinic, doctor_id: str) -> tuple[float | None, int]:
    answer = await clinic.world.ask(SHOW, {"id": doctor_id})
    doctor = answer["data"]["doctor"]
    return doctor["averageRating"], doctor["ratingCount"]


async def told(clinic: Clinic) -> int:
    return sum(event.type == "doctor.rated" for event in await clinic.world.published())


async def test_a_rating_changes_the_average_and_tells_so_once(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    assert await shown(clinic, doctor_id) == (None, 0)

    await clinic.rate(doctor_id, count=2, total=9, version=2)
    await clinic.rate(doctor_id, count=2, total=9, version=2)
    await clinic.rate(doctor_id, count=2, total=9, version=1)

    assert await shown(clinic, doctor_id) == (4.5, 2)
    assert await told(clinic) == 1


async def test_an_answer_that_is_older_than_what_is_kept_changes_nothing(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    await clinic.rate(doctor_id, count=3, total=15, version=5)

    await clinic.rate(doctor_id, count=2, total=5, version=4)

    assert await shown(clinic, doctor_id) == (5.0, 3)
    assert await told(clinic) == 1


async def test_a_doctor_whose_only_rating_is_hidden_is_unrated_again(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    await clinic.rate(doctor_id, count=1, total=5, version=1)

    await clinic.rate(doctor_id, count=0, total=0, version=2)

    assert await shown(clinic, doctor_id) == (None, 0)
    assert await told(clinic) == 2


async def test_with_ratings_down_the_event_fails_and_heals_when_it_comes_again(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    clinic.world.peers.knows("Doctor", doctor_id, ratingSummary={"count": 1, "totalStars": 4, "version": 1})
    clinic.world.peers.down.add("ratings")
    data = RatingPublished(rating_id="rat_1", doctor_id=doctor_id, version=1)
    published = event("ratings", doctor_id, data, clinic.world.clock)
    failed = False
    try:
        await clinic.world.redeliver(published)
    except SubgraphUnavailable:
        failed = True
    clinic.world.peers.down.clear()

    await clinic.world.redeliver(published)

    assert failed
    assert await shown(clinic, doctor_id) == (4.0, 1)


async def test_a_rating_of_nobody_we_know_is_nothing_to_us(clinic: Clinic) -> None:
    await clinic.rate("doc_nobody", count=1, total=5, version=1)

    assert await DoctorDocument.find({}).count() == 0
    assert await clinic.world.published() == []


async def test_ratings_of_many_doctors_at_once_all_count_and_each_change_has_its_own_number(clinic: Clinic) -> None:
    doctor_ids = [await clinic.doctor() for _ in range(25)]

    await asyncio.gather(*(clinic.rate(doctor_id, count=1, total=5, version=1) for doctor_id in doctor_ids))

    doctors = await DoctorDocument.find({}).to_list()
    assert [doctor.average for doctor in doctors] == [5.0] * 25
    assert sorted(doctor.since for doctor in doctors) == list(range(1, 26))
    assert await told(clinic) == 25
