"""What is told of events on their way, to metrics, traces and logs: put on the bus, handled, tried again, set aside."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.clock import Clock
from shared.events.envelope import Event
from shared.metrics import EVENTS_PUBLISHED, REGISTRY
from shared.telemetry import Telemetry, begin_or_go_on, span
from shared.telemetry_trail import Trail, following


class InHand(Collector):
    """How long each consumer has had the event that it has had longest: while it tries again, this grows."""

    def __init__(self) -> None:
        self._since: dict[str, dict[str, float]] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "bmc_event_in_hand_seconds", "How long a consumer has had its oldest event in hand.", labels=["consumer"]
        )
        now = time.monotonic()
        for consumer, events in self._since.items():
            family.add_metric([consumer], max((now - since for since in events.values()), default=0.0))
        return [family]

    def take(self, consumer: str, event_id: str) -> None:
        """Say that a consumer has an event."""
        self._since.setdefault(consumer, {})[event_id] = time.monotonic()

    def give(self, consumer: str, event_id: str) -> None:
        """Say that it is done with it, one way or the other."""
        self._since[consumer].pop(event_id, None)


_in_hand = InHand()
REGISTRY.register(_in_hand)


@contextmanager
def relaying(events: Sequence[Event]) -> Iterator[None]:
    """Count a batch that is put on the bus, and tell of each event in the trace to which it belongs."""
    began = time.time_ns()
    yield
    for event in events:
        EVENTS_PUBLISHED.labels(event.source).inc()
    exporter = Telemetry.exporter
    if exporter is None:
        return
    ended = time.time_ns()
    for event in events:
        if event.traceparent is not None:
            told = exporter.begin(f"publish {event.type}", "producer", _attributes(event), event.traceparent, began)
            told.end(ended)


@contextmanager
def in_hand(consumer: str, event: Event) -> Iterator[None]:
    """Be on an event's trail until the end of the block."""
    trail = Trail(
        traceparent=begin_or_go_on(event.traceparent), names={"consumer": consumer, "event": f"{event.type} {event.id}"}
    )
    _in_hand.take(consumer, event.id)
    try:
        with following(trail):
            yield
    finally:
        _in_hand.give(consumer, event.id)


@contextmanager
def attempting(consumer: str, event: Event, attempt: int) -> Iterator[None]:
    """Tell of an attempt to handle an event."""
    attributes = _attributes(event) | {"messaging.consumer.group.name": consumer, "bmc.attempt": attempt}
    with span(f"process {event.type}", "consumer", attributes):
        yield


def age_of(event: Event, clock: Clock) -> float:
    """Answer how many seconds ago an event happened; never less than none, whatever the clocks say."""
    return max(0.0, (clock.now() - event.time).total_seconds())


def _attributes(event: Event) -> dict[str, str | int]:
    return {
        "messaging.system": "bmc",
        "messaging.destination.name": event.topic,
        "messaging.message.id": event.id,
        "bmc.event.type": event.type,
    }
