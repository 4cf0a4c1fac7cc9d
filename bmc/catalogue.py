"""The seven subgraphs: where each is wired, and what each promises in text."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from shared.events.declared import EventData, schema_text
from shared.graphql.schema import SubgraphSchema, export_schema
from shared.subgraph import Ports, Subgraph

ROOT = Path(__file__).parent.parent
NAMES = ("security", "users", "doctors", "appointments", "payments", "ratings", "notifications")


@dataclass(frozen=True, slots=True)
class Promise:
    """The two texts that are a subgraph's whole public face."""

    name: str
    schema: str
    events: str


def opener(name: str) -> Callable[[Ports], Awaitable[Subgraph]]:
    """Answer the function that opens a subgraph."""
    open_subgraph: Callable[[Ports], Awaitable[Subgraph]] = import_module(f"subgraphs.{name}.app").open_subgraph
    return open_subgraph


def schema_of(name: str) -> SubgraphSchema:
    """Answer a subgraph's schema."""
    schema: SubgraphSchema = import_module(f"subgraphs.{name}.schema").schema
    return schema


def produced_by(name: str) -> tuple[type[EventData], ...]:
    """Answer the event models that a subgraph produces."""
    models: tuple[type[EventData], ...] = import_module(f"subgraphs.{name}.events").PRODUCES
    return models


def promise_of(name: str) -> Promise:
    """Export what a subgraph promises, from its code."""
    return Promise(name, export_schema(schema_of(name)), schema_text(produced_by(name)))


def folder_of(name: str) -> Path:
    """Answer where a subgraph lives."""
    return ROOT / "subgraphs" / name
