"""What operators see of holds: how many stand, and how late the oldest is that nobody has written down as expired."""

from datetime import timedelta

from shared.metrics import REGISTRY
from tests.subgraphs.appointments.asking import HALF_PAST_TEN, TEN, book, publish
from tests.subgraphs.callers import OTHER_PATIENT
from tests.subgraphs.harness import World


async def sampled(world: World) -> tuple[float | None, float | None]:
    await world.run_job("sample-holds")
    return REGISTRY.get_sample_value("bmc_holds"), REGISTRY.get_sample_value("bmc_hold_overdue_seconds")


async def test_holds_are_counted_and_those_that_ended_grow_overdue_until_they_are_written_down(world: World) -> None:
    assert await sampled(world) == (0, 0)
    await publish(world)
    await book(world, TEN)
    world.clock.advance(timedelta(minutes=5))
    await book(world, HALF_PAST_TEN, as_=OTHER_PATIENT)
    assert await sampled(world) == (2, 0)

    world.clock.advance(timedelta(minutes=12))
    assert await sampled(world) == (1, 120)
    world.clock.advance(timedelta(minutes=5))
    assert await sampled(world) == (0, 420)

    await world.run_job("appointments.expire")
    assert await sampled(world) == (0, 0)
