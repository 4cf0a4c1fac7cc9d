"""Every consumer can read whatever any producer's committed events.json promises."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from bmc.catalogue import NAMES
from shared.events.declared import check_contract
from tests.subgraphs.harness import World

ROOT = Path(__file__).parents[2]


def promises() -> list[dict[str, Any]]:
    return [orjson.loads((ROOT / "subgraphs" / name / "events.json").read_bytes()) for name in NAMES]


async def consumed(name: str, mongo_url: str, folder: Path) -> dict[str, dict[str, type[BaseModel]]]:
    world = await World.open(name, mongo_url=mongo_url, folder=folder)
    try:
        return {
            consumer.name: {type_: one.model for type_, one in consumer.subscriptions.items()}
            for consumer in world.subgraph.consumers
        }
    finally:
        await world.close()


@pytest.mark.parametrize("name", NAMES)
async def test_every_consumer_can_read_what_is_promised(name: str, mongo_url: str, tmp_path: Path) -> None:
    consumers = await consumed(name, mongo_url, tmp_path)

    problems = {group: check_contract(models, promises()) for group, models in consumers.items()}

    assert problems == {group: [] for group in consumers}


async def test_a_promise_that_is_broken_is_seen(mongo_url: str, tmp_path: Path) -> None:
    models = (await consumed("payments", mongo_url, tmp_path))["payments"]
    broken = promises()
    for schemas in broken:
        if "appointment.cancelled" in schemas:
            del schemas["appointment.cancelled"]["properties"]["refund"]
            schemas["appointment.cancelled"]["required"].remove("refund")

    problems = check_contract(models, broken)

    assert [problem.partition(":")[0] for problem in problems] == ["appointment.cancelled.refund"]


def test_no_event_can_carry_a_name_an_address_or_a_diagnosis() -> None:
    telling = ("name", "email", "phone", "address", "diagnosis", "symptom", "comment", "medicine", "history", "birth")

    carried = [
        f"{type_}.{field}"
        for schemas in promises()
        for type_, schema in schemas.items()
        for field in schema["properties"]
        if any(word in field for word in telling)
    ]

    assert carried == []
