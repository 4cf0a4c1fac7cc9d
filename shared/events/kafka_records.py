"""From Kafka's records to events."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from shared.events.envelope import Event, from_json

_logger = logging.getLogger(__name__)


def events_of(records: Iterable[Any]) -> Iterator[tuple[int, Event]]:
    """Yield each record's offset and event.

    A record that is no event was not written by us, and would hold its partition up for ever: it is passed over with
    an error that says where it is.
    """
    for record in records:
        try:
            yield record.offset, from_json(record.value or b"")
        except ValueError as error:
            _logger.error(  # noqa: TRY400 (the stack would only say that it was read)
                "%s/%s at %s is no event: %s", record.topic, record.partition, record.offset, error
            )
