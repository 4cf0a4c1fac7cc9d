"""What has expired is deleted by the clock job, no earlier than it may be."""

from datetime import timedelta

from tests.subgraphs.harness import World
from tests.subgraphs.security.steps import REFRESH, VERIFY, change, kept, mail_token, refusals, registered, sign_in_from


async def test_what_may_still_be_needed_stays(world: World) -> None:
    signed_in = await registered(world)
    token = await mail_token(world, signed_in.account_id)
    await change(world, VERIFY, {"token": token})
    world.clock.advance(timedelta(days=59))

    await world.run_job("delete-expired")

    payload = await change(world, REFRESH, {"refreshToken": signed_in.refresh_token})
    assert refusals(payload) == [("EXPIRED_TOKEN", ["refreshToken"])]
    assert await mail_token(world, signed_in.account_id) == token
    assert refusals(await change(world, VERIFY, {"token": token})) == [("INVALID_TOKEN", ["token"])]


async def test_what_nobody_needs_is_deleted(world: World) -> None:
    signed_in = await registered(world)
    await mail_token(world, signed_in.account_id)
    await sign_in_from(world, "203.0.113.7", "a wrong password")
    collections = ("sessions", "refresh_tokens", "mail_tokens", "places", "budgets")
    assert all([await kept(world, name) for name in collections])
    world.clock.advance(timedelta(days=402))

    await world.run_job("delete-expired")

    assert [name for name in collections if await kept(world, name)] == []
    assert len(await kept(world, "accounts")) == 2
