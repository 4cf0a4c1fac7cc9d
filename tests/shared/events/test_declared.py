"""What a producer exports, and what a consumer may expect of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from shared.clock import ManualClock
from shared.events.declared import EventData, check_contract, event, export_schema, schema_text
from shared.events.envelope import from_json, to_json
from tests.shared.events.events import NOON


class Status(StrEnum):
    """A producer's states."""

    OPEN = "OPEN"
    SHUT = "SHUT"


class Window(BaseModel):
    """An interval."""

    start: datetime
    end: datetime


class ShopOpened(EventData):
    """A shop has opened."""

    type: ClassVar[str] = "shop.opened"

    shop: str
    version: int
    fee: Decimal
    status: Status
    at: datetime
    windows: list[Window]
    owner: str | None = None


class ShopShut(EventData):
    """A shop has shut."""

    type: ClassVar[str] = "shop.shut"

    shop: str


PRODUCED: list[dict[str, Any]] = [export_schema([ShopOpened, ShopShut])]


def problems(**fields: Any) -> list[str]:
    model = type("Reads", (BaseModel,), {"__annotations__": fields})
    return check_contract({"shop.opened": model}, PRODUCED)


def opened() -> ShopOpened:
    window = Window(start=NOON, end=NOON)
    return ShopOpened(shop="shp_1", version=2, fee=Decimal("9.50"), status=Status.OPEN, at=NOON, windows=[window])


def test_an_event_carries_its_data_as_json_and_the_clocks_time() -> None:
    made = event("shops", "shp_1", opened(), ManualClock(NOON))

    assert (made.type, made.topic, made.source, made.subject, made.time) == (
        "shop.opened",
        "shop",
        "shops",
        "shp_1",
        NOON,
    )
    assert made.data == {
        "shop": "shp_1",
        "version": 2,
        "fee": "9.50",
        "status": "OPEN",
        "at": "2027-03-01T12:00:00Z",
        "windows": [{"start": "2027-03-01T12:00:00Z", "end": "2027-03-01T12:00:00Z"}],
        "owner": None,
    }
    assert from_json(to_json(made)) == made
    assert ShopOpened.model_validate(made.data) == opened()


def test_a_type_that_is_not_domain_and_participle_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.type must be"):
        type("Bad", (EventData,), {"__annotations__": {"type": ClassVar[str]}, "type": "Opened"})


def test_events_may_share_fields_by_a_base_that_is_no_event() -> None:
    class ShopEvent(EventData):
        shop: str

    class ShopMoved(ShopEvent):
        type: ClassVar[str] = "shop.moved"

    assert list(export_schema([ShopMoved])) == ["shop.moved"]
    with pytest.raises(AttributeError):
        event("shops", "shp_1", ShopEvent(shop="shp_1"), ManualClock(NOON))


def test_the_export_does_not_depend_on_the_order_of_the_models() -> None:
    assert schema_text([ShopOpened, ShopShut]) == schema_text([ShopShut, ShopOpened])
    assert list(export_schema([ShopShut, ShopOpened])) == ["shop.opened", "shop.shut"]


def test_a_type_declared_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shop\.shut is declared twice"):
        export_schema([ShopShut, ShopShut])
    assert check_contract({}, [*PRODUCED, {"shop.shut": {}}]) == ["shop.shut: two producers declare it differently"]


def test_a_consumer_that_reads_what_is_promised_has_no_problem() -> None:
    assert problems(shop=str) == []
    assert problems(shop=str, version=int, fee=Decimal, status=Status, at=datetime, windows=list[Window]) == []
    assert problems(version=float, owner=str | None, status=str) == []
    assert problems(status=Literal["OPEN", "SHUT", "MOVED"]) == []
    assert problems(shop=Any, windows=list[Any]) == []


def test_a_consumer_of_everything_produced_has_no_problem() -> None:
    assert check_contract({"shop.opened": ShopOpened, "shop.shut": ShopShut}, PRODUCED) == []


def test_a_type_that_nobody_produces_is_a_problem() -> None:
    assert check_contract({"shop.moved": ShopShut}, PRODUCED) == ["shop.moved: no producer declares it"]


def test_a_field_that_is_not_promised_is_a_problem_unless_it_is_optional() -> None:
    class Optional(BaseModel):
        city: str | None = None

    assert problems(city=str) == ["shop.opened.city: read, but not promised"]
    assert check_contract({"shop.opened": Optional}, PRODUCED) == []


def test_a_field_that_may_be_missing_is_a_problem_for_a_reader_that_needs_it() -> None:
    schema = {"type": "object", "properties": {"shop": {"type": "string"}}}

    assert check_contract({"shop.shut": ShopShut}, [{"shop.shut": schema}]) == [
        "shop.shut.shop: read, but not always there"
    ]


def test_another_json_type_is_a_problem() -> None:
    assert problems(version=str) == ["shop.opened.version: integer is promised, string is read"]
    assert problems(owner=str) == ["shop.opened.owner: null is promised, string is read"]
    assert problems(windows=list[str]) == ["shop.opened.windows[]: object is promised, string is read"]


def test_a_value_that_the_reader_does_not_know_is_a_problem() -> None:
    assert problems(status=Literal["OPEN"]) == ["shop.opened.status: ['SHUT'] may come and are not read"]
    assert problems(shop=Literal["shp_1"]) == [
        "shop.opened.shop: any string is promised, only ['shp_1'] are read",
    ]


def test_a_string_of_another_format_is_a_problem() -> None:
    assert problems(shop=datetime) == ["shop.opened.shop: format date-time is read, none is promised"]


def test_a_problem_inside_a_list_of_objects_is_found() -> None:
    class Later(BaseModel):
        start: datetime
        room: str

    assert problems(windows=list[Later]) == ["shop.opened.windows[].room: read, but not promised"]


def test_a_reader_that_forbids_what_it_does_not_know_is_a_problem() -> None:
    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")

    assert check_contract({"shop.shut": Closed}, PRODUCED) == [
        "shop.shut.shop: promised, but the reader forbids what it does not know"
    ]
