"""Live updates: for those concerned, by what is true at each event, until the token ends."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from graphql import ExecutionResult
from starlette.routing import Mount

from shared.auth import ANONYMOUS, Caller
from shared.graphql.context import RequestContext
from shared.graphql.door import Door
from subgraphs.appointments.schema import schema
from subgraphs.appointments.service import live
from tests.subgraphs.appointments.asking import TEN, book, booked, change, confirmed, publish
from tests.subgraphs.callers import ADMIN, DOCTOR, OTHER_DOCTOR, OTHER_PATIENT, PATIENT, SUPPORT, service
from tests.subgraphs.harness import World

UPDATES = """subscription($appointmentId: ID, $doctorId: ID, $userId: ID) {
    appointmentUpdated(appointmentId: $appointmentId, doctorId: $doctorId, userId: $userId) {
        change appointment { id status symptoms } } }"""
AVAILABILITY = """subscription($doctorId: ID!) { availabilityChanged(doctorId: $doctorId) { doctor { id } date } }"""


class Stream:
    """A subscription that collects what it is told."""

    def __init__(self, world: World, query: str, as_: Caller, variables: dict[str, Any]) -> None:
        self.told: list[Any] = []
        self.errors: list[str] = []
        door = cast("Door[Any, Any]", cast("Mount", world.subgraph.app.routes[0]).app)  # type: ignore[attr-defined]  # It is Starlette's.
        context = RequestContext(
            caller=as_, service=door._service, loaders=door._loaders(as_), correlation_id="req_test"
        )
        self._context = context
        self.task = asyncio.create_task(self._collect(query, variables))

    async def _collect(self, query: str, variables: dict[str, Any]) -> None:
        stream = await schema.subscribe(query, variable_values=variables, context_value=self._context)
        async for result in cast("AsyncIterator[ExecutionResult]", stream):
            self.errors += [str((error.extensions or {}).get("code")) for error in result.errors or []]
            if result.data is not None:
                self.told += list(result.data.values())


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0.001)


async def relay(world: World) -> None:
    """Publish what is in the outboxes, as the relay would, and give the follower time to hand it on."""
    for store in world.subgraph.stores:
        events = await store.unpublished(1000)
        if events:
            await world.bus.publish(events)
            await store.forget([one.id for one in events])
    await asyncio.sleep(0.05)
    await settle()


@pytest.fixture(autouse=True)
async def _following(world: World) -> AsyncIterator[None]:
    await publish(world)
    (follow,) = world.subgraph.loops
    task = asyncio.create_task(cast("Coroutine[Any, Any, None]", follow()))
    await settle()
    await relay(world)
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_patient_and_doctor_are_told_of_their_appointments_and_nobody_else(world: World) -> None:
    streams = [Stream(world, UPDATES, caller, {}) for caller in (PATIENT, DOCTOR, SUPPORT, OTHER_PATIENT, OTHER_DOCTOR)]
    await settle()

    appointment = (await book(world, TEN, symptoms="Cough"))["appointment"]["id"]
    await relay(world)

    seen = {"change": "BOOKED", "appointment": {"id": appointment, "status": "PENDING_PAYMENT", "symptoms": "Cough"}}
    blind = {**seen, "appointment": {**seen["appointment"], "symptoms": None}}  # type: ignore[dict-item]  # It is a dict.
    assert [stream.told for stream in streams] == [[seen], [seen], [blind], [], []]
    for stream in streams:
        stream.task.cancel()


async def test_arguments_narrow_what_is_told(world: World) -> None:
    first = await booked(world, TEN)
    await relay(world)
    mine = Stream(world, UPDATES, PATIENT, {"appointmentId": first})
    other_doctors = Stream(world, UPDATES, PATIENT, {"doctorId": "doc_other_doctor"})
    await settle()

    await booked(world, "2026-11-25T04:30:00Z", key="two")
    await change(world, "cancelAppointment", PATIENT, appointmentId=first, reason="Well", idempotencyKey="c")
    await relay(world)

    assert [told["change"] for told in mine.told] == ["CANCELLED"]
    assert other_doctors.told == []
    mine.task.cancel()
    other_doctors.task.cancel()


async def test_foreign_appointments_cannot_be_subscribed_to(world: World) -> None:
    appointment = await confirmed(world)
    refused = {
        "NOT_FOUND": [
            Stream(world, UPDATES, OTHER_PATIENT, {"appointmentId": appointment}),
            Stream(world, UPDATES, OTHER_PATIENT, {"userId": "usr_patient"}),
            Stream(world, UPDATES, OTHER_DOCTOR, {"doctorId": "doc_doctor"}),
            Stream(world, UPDATES, PATIENT, {"appointmentId": "apt_none"}),
            Stream(world, AVAILABILITY, ANONYMOUS, {"doctorId": "doc_none"}),
        ],
        "UNAUTHENTICATED": [Stream(world, UPDATES, ANONYMOUS, {})],
    }
    allowed = [
        Stream(world, UPDATES, ADMIN, {"userId": "usr_patient"}),
        Stream(world, UPDATES, service("appointments:read"), {}),
    ]
    await asyncio.sleep(0.1)
    await settle()

    for code, streams in refused.items():
        assert [stream.errors for stream in streams] == [[code]] * len(streams)
    for stream in allowed:
        assert (stream.errors, stream.task.done()) == ([], False)
        stream.task.cancel()


async def test_a_stream_ends_with_its_token(world: World) -> None:
    soon = Stream(world, UPDATES, replace(PATIENT, expires_at=world.clock.now() + timedelta(milliseconds=50)), {})
    later = Stream(world, UPDATES, replace(PATIENT, expires_at=world.clock.now() + timedelta(minutes=10)), {})
    await settle()
    world.clock.advance(timedelta(minutes=10))

    await booked(world)
    await relay(world)

    assert (soon.told, soon.task.done()) == ([], True)
    assert (later.told, later.task.done()) == ([], True)


async def test_anybody_is_told_which_dates_of_a_doctor_changed(world: World) -> None:
    stream = Stream(world, AVAILABILITY, ANONYMOUS, {"doctorId": "doc_doctor"})
    other = Stream(world, AVAILABILITY, ANONYMOUS, {"doctorId": "doc_other_doctor"})
    await settle()

    appointment = await booked(world, TEN)
    await change(
        world,
        "rescheduleAppointment",
        PATIENT,
        appointmentId=appointment,
        startsAt="2026-11-26T04:30:00Z",
        idempotencyKey="r",
    )
    await publish(world)
    await relay(world)

    assert [told["date"] for told in stream.told] == ["2026-11-24", "2026-11-24", "2026-11-26", "2026-11-23"]
    assert other.told == []
    stream.task.cancel()
    other.task.cancel()


async def test_whoever_does_not_keep_up_is_ended(world: World) -> None:
    stuck = live._Listener(lambda _: True)
    event = (await world.published() or [await _any_event(world)])[0]

    for _ in range(live.LONGEST_QUEUE + 5):
        stuck.tell(event)

    assert stuck.ended
    assert stuck.queue.qsize() == live.LONGEST_QUEUE + 1


async def _any_event(world: World) -> Any:
    await booked(world)
    return (await world.published())[0]
