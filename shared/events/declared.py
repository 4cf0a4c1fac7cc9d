"""What a subgraph promises on the bus, as data: its event models, their exported schema, and the consumers' check.

A producer subclasses `EventData` once for each event type in its `events.py`; `export_schema` of these is its committed
`events.json`. A consumer declares a model of just the fields it reads; `check_contract` compares the two, so that
neither imports the other. Fields keep their Python names on the wire, snake_case, the same in both.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from pydantic import BaseModel, ConfigDict

from shared.clock import Clock
from shared.events.compatibility import incompatibilities
from shared.events.envelope import Event

_TYPE = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")


class EventData(BaseModel):
    """The data of one event type: `type` is `<domain>.<past participle>`, e.g. `appointment.booked`.

    NOTE: ids, kinds, times, versions, amounts: never a name, an address, a diagnosis, a document.
    """

    # A field with a default is always written, so a consumer may count on it.
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)

    type: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        # A class without a type of its own is a base: it shares fields and is no event.
        declared = cls.__dict__.get("type")
        if declared is not None and (not isinstance(declared, str) or _TYPE.fullmatch(declared) is None):
            raise TypeError(f"{cls.__name__}.type must be `<domain>.<past participle>`, not {declared!r}")


def event(source: str, subject: str, data: EventData, clock: Clock) -> Event:
    """Make the event of a fact; `source` is the subgraph, `subject` the aggregate that the transaction writes."""
    return Event(type=data.type, source=source, subject=subject, time=clock.now(), data=data.model_dump(mode="json"))


def export_schema(models: Iterable[type[EventData]]) -> dict[str, Any]:
    """Answer the JSON Schema of each event type; the order of `models` does not matter."""
    schemas: dict[str, Any] = {}
    for model in models:
        if model.type in schemas:
            raise ValueError(f"{model.type} is declared twice")
        schemas[model.type] = model.model_json_schema(mode="serialization")
    return dict(sorted(schemas.items()))


def schema_text(models: Iterable[type[EventData]]) -> str:
    """Answer the text of `events.json`: the same bytes for the same models."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(export_schema(models), option=options).decode()


def check_contract(
    consumed: Mapping[str, type[BaseModel]], produced: Sequence[Mapping[str, Mapping[str, Any]]]
) -> list[str]:
    """Compare what a consumer reads, by event type, with the parsed `events.json` of every producer.

    Answers one sentence for each promise that nobody makes; empty when the consumer can read whatever may come.
    """
    promises: dict[str, Mapping[str, Any]] = {}
    problems: list[str] = []
    for schemas in produced:
        problems += [
            f"{type_}: two producers declare it differently"
            for type_, schema in schemas.items()
            if promises.get(type_, schema) != schema
        ]
        promises.update(schemas)
    for type_, model in sorted(consumed.items()):
        if type_ not in promises:
            problems.append(f"{type_}: no producer declares it")
            continue
        reads = model.model_json_schema(mode="validation")
        problems += [f"{type_}{problem}" for problem in incompatibilities(promises[type_], reads)]
    return problems
