"""Lists of appointments: pages that neither skip nor repeat, and filters that see what the clock has decided."""

from datetime import timedelta
from typing import Any

from tests.subgraphs.appointments.asking import booked, confirmed, publish
from tests.subgraphs.callers import DOCTOR, OTHER_PATIENT, PATIENT, service
from tests.subgraphs.harness import World, code_of

PAGE = """query($r: [_Any!]!, $filter: AppointmentFilter, $first: Int, $after: String, $last: Int, $before: String) {
  _entities(representations: $r) { ... on User {
    appointments(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount edges { node { startsAt status } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } } } }"""
ME = {"r": [{"__typename": "User", "id": "usr_patient"}]}
TIMES = [f"2026-11-2{day}T0{hour}:30:00Z" for day in (4, 5) for hour in (3, 4, 5)]


async def page(world: World, **asked: Any) -> dict[str, Any]:
    answer = await world.ask(PAGE, {**ME, **asked}, as_=PATIENT)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["_entities"][0]["appointments"]
    return found


def times(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["startsAt"] for edge in found["edges"]]


async def test_pages_go_latest_first_and_back_again(world: World) -> None:
    await publish(world)
    for time in TIMES:
        await booked(world, time, key=time)
    await booked(world, "2026-11-26T03:30:00Z", as_=OTHER_PATIENT)

    first = await page(world, first=4)
    second = await page(world, first=4, after=first["pageInfo"]["endCursor"])
    back = await page(world, last=3, before=second["pageInfo"]["startCursor"])

    assert times(first) + times(second) == TIMES[::-1]
    assert (first["totalCount"], second["totalCount"]) == (6, 6)
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert times(back) == TIMES[::-1][1:4]
    assert (back["pageInfo"]["hasPreviousPage"], back["pageInfo"]["hasNextPage"]) == (True, True)


async def test_filters_narrow_by_time_and_by_what_the_status_is_now(world: World) -> None:
    await publish(world)
    await confirmed(world, TIMES[0], key="paid")
    await booked(world, TIMES[1], key="lapsed")
    world.clock.advance(timedelta(minutes=15))
    await booked(world, TIMES[3], key="pending")

    by_status = {
        status: times(await page(world, filter={"status": [status]}))
        for status in ("CONFIRMED", "PENDING_PAYMENT", "EXPIRED", "CANCELLED")
    }

    assert by_status == {
        "CONFIRMED": [TIMES[0]],
        "PENDING_PAYMENT": [TIMES[3]],
        "EXPIRED": [TIMES[1]],
        "CANCELLED": [],
    }
    assert times(await page(world, filter={"from": TIMES[1], "to": TIMES[3]})) == [TIMES[1]]


async def test_pages_of_many_owners_are_each_their_own(world: World) -> None:
    await publish(world)
    mine = [await booked(world, time, key=time) for time in TIMES[:3]]
    theirs = await booked(world, TIMES[3], as_=OTHER_PATIENT)
    answer = await world.ask(
        """query($r: [_Any!]!) { _entities(representations: $r) {
            ... on User { appointments(first: 2) { totalCount edges { node { id } } } } } }""",
        {"r": [{"__typename": "User", "id": id_} for id_ in ("usr_patient", "usr_none", "usr_other_patient")]},
        as_=service("appointments:read"),
    )

    assert [
        (page["totalCount"], [edge["node"]["id"] for edge in page["edges"]])
        for page in (entity["appointments"] for entity in answer["data"]["_entities"])
    ] == [(3, [mine[2], mine[1]]), (0, []), (1, [theirs])]


async def test_a_doctor_lists_their_own_appointments(world: World) -> None:
    await publish(world)
    appointment = await booked(world, TIMES[0])

    answer = await world.ask(
        """query($r: [_Any!]!) { _entities(representations: $r) {
            ... on Doctor { appointments { edges { node { id user { id } } } } } } }""",
        {"r": [{"__typename": "Doctor", "id": "doc_doctor"}]},
        as_=DOCTOR,
    )

    assert answer["data"]["_entities"][0]["appointments"]["edges"] == [
        {"node": {"id": appointment, "user": {"id": "usr_patient"}}}
    ]


async def test_cursors_of_other_lists_are_refused(world: World) -> None:
    for asked in ({"after": "rubbish"}, {"after": "WzFd"}, {"first": 101}, {"first": 1, "last": 1}):
        answer = await world.ask(PAGE, {**ME, **asked}, as_=PATIENT)
        assert code_of(answer) == "BAD_USER_INPUT", asked
