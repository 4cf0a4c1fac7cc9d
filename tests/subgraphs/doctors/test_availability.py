"""When a doctor is next available: asked of the appointments subgraph, and never older than its last event."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from shared.clients.transport import HttpAnswer
from shared.events.declared import EventData
from subgraphs.doctors.documents import DoctorDocument
from tests.subgraphs.doctors.conftest import Clinic

LIST = """
query($filter: DoctorFilter, $sort: DoctorSort) {
  doctors(filter: $filter, sort: $sort) { edges { node { firstName } } }
}
"""


class AvailabilityPublished(EventData):
    type = "availability.published"
    doctor_id: str
    version: int


class AppointmentBooked(EventData):
    type = "appointment.booked"
    appointment_id: str
    doctor_id: str


async def names(clinic: Clinic, **variables: Any) -> list[str]:
    answer = await clinic.world.ask(LIST, variables)
    assert "errors" not in answer, answer
    return [edge["node"]["firstName"] for edge in answer["data"]["doctors"]["edges"]]


def open_on(clinic: Clinic, doctor_id: str, starts_at: str | None, *dates: str) -> None:
    slot = {"startsAt": starts_at} if starts_at else None
    clinic.world.peers.knows("Doctor", doctor_id, openDates=list(dates), nextAvailableSlot=slot)


async def publish(clinic: Clinic, doctor_id: str) -> None:
    await clinic.world.deliver("appointments", doctor_id, AvailabilityPublished(doctor_id=doctor_id, version=1))


async def test_doctors_are_sorted_by_their_next_free_slot_and_those_without_come_last(clinic: Clinic) -> None:
    await clinic.doctor(firstName="Never")
    late, early = await clinic.doctor(firstName="Late"), await clinic.doctor(firstName="Early")
    open_on(clinic, late, "2026-11-25T04:30:00Z", "2026-11-25")
    open_on(clinic, early, "2026-11-23T05:00:00Z", "2026-11-23", "2026-11-24")

    await publish(clinic, late)
    await publish(clinic, early)

    assert await names(clinic, sort="NEXT_AVAILABLE") == ["Early", "Late", "Never"]
    assert await names(clinic, filter={"availableOn": "2026-11-24"}) == ["Early"]
    assert await names(clinic, filter={"availableOn": "2026-11-25"}) == ["Late"]
    assert await names(clinic, filter={"availableOn": "2026-11-26"}) == []


async def test_the_dates_asked_for_are_62_of_the_doctors_own_calendar(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor(timeZone="America/Los_Angeles")

    await publish(clinic, doctor_id)

    subgraph, query, _ = clinic.world.peers.asked[-1]
    assert subgraph == "appointments"
    assert 'openDates(from: "2026-11-22", to: "2027-01-22") nextAvailableSlot { startsAt }' in query


async def test_a_booking_asks_anew(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor(firstName="Asha")
    open_on(clinic, doctor_id, "2026-11-23T05:00:00Z", "2026-11-23")
    await publish(clinic, doctor_id)
    open_on(clinic, doctor_id, "2026-11-24T05:00:00Z", "2026-11-24")

    await clinic.world.deliver("appointments", "apt_1", AppointmentBooked(appointment_id="apt_1", doctor_id=doctor_id))

    assert await names(clinic, filter={"availableOn": "2026-11-23"}) == []
    assert await names(clinic, filter={"availableOn": "2026-11-24"}) == ["Asha"]


async def test_with_appointments_down_the_doctor_stays_due_and_the_job_asks_later(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor(firstName="Asha")
    await clinic.world.run_job("doctors.availability")
    open_on(clinic, doctor_id, "2026-11-23T05:00:00Z", "2026-11-23")
    clinic.world.peers.down.add("appointments")
    await publish(clinic, doctor_id)
    assert await names(clinic, filter={"availableOn": "2026-11-23"}) == []

    clinic.world.peers.down.clear()
    await clinic.world.run_job("doctors.availability")

    assert await names(clinic, filter={"availableOn": "2026-11-23"}) == ["Asha"]


async def test_a_slot_that_has_passed_is_asked_for_again_by_the_job(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor(firstName="Asha")
    open_on(clinic, doctor_id, "2026-11-23T04:20:00Z", "2026-11-23")
    await publish(clinic, doctor_id)
    open_on(clinic, doctor_id, "2026-11-23T04:40:00Z", "2026-11-23")

    clinic.world.clock.advance(timedelta(minutes=19))
    await clinic.world.run_job("doctors.availability")
    assert await following(doctor_id) == datetime(2026, 11, 23, 4, 20, tzinfo=UTC)

    clinic.world.clock.advance(timedelta(minutes=1))
    await clinic.world.run_job("doctors.availability")
    assert await following(doctor_id) == datetime(2026, 11, 23, 4, 40, tzinfo=UTC)


async def test_who_has_no_free_slot_is_asked_for_with_growing_pauses(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    asked = []
    for _ in range(240):
        before = len(clinic.world.peers.asked)
        await clinic.world.run_job("doctors.availability")
        asked.append(len(clinic.world.peers.asked) - before)
        clinic.world.clock.advance(timedelta(seconds=15))

    moments = [15 * number for number, count in enumerate(asked) if count]
    assert moments == [0, 15, 45, 105, 225, 465, 945, 1905]
    assert await following(doctor_id) is None


async def test_those_who_are_due_are_asked_for_together(clinic: Clinic) -> None:
    for _ in range(3):
        await clinic.doctor()
    before = len(clinic.world.peers.asked)

    await clinic.world.run_job("doctors.availability")

    assert len(clinic.world.peers.asked) - before == 1


async def test_an_answer_overtaken_by_a_later_one_is_not_kept(clinic: Clinic) -> None:
    doctor_id = await clinic.doctor()
    late = Late(clinic, doctor_id)
    clinic.world.peers.request = late.request  # type: ignore[method-assign]

    first = asyncio.create_task(publish(clinic, doctor_id))
    await late.asked.wait()
    open_on(clinic, doctor_id, "2026-11-24T05:00:00Z", "2026-11-24")
    await publish(clinic, doctor_id)
    late.answer.set()
    await first

    assert await following(doctor_id) == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


class Late:
    """The appointments subgraph, whose first answer is on its way for long."""

    def __init__(self, clinic: Clinic, doctor_id: str) -> None:
        self._peers = clinic.world.peers
        self._request = clinic.world.peers.request
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        open_on(clinic, doctor_id, "2026-11-23T05:00:00Z", "2026-11-23")

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109
    ) -> HttpAnswer:
        answer = await self._request(method, url, headers=headers, body=body, timeout=timeout)
        if not self.asked.is_set():
            self.asked.set()
            await self.answer.wait()
        assert orjson.loads(answer.body)["data"]
        return answer


async def following(doctor_id: str) -> datetime | None:
    doctor = await DoctorDocument.get(doctor_id)
    assert doctor is not None
    return doctor.next_available
