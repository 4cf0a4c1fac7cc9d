"""The event envelope, CloudEvents 1.0 in structured JSON mode.

NOTE: An event carries ids, kinds, times and versions: never a name, an address, a diagnosis, a document. A consumer
that needs more asks the owner. `type` is `<domain>.<past participle>` (`appointment.booked`); its first word is the
topic; `subject` is the aggregate's id and the ordering key.
Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
and …/cloudevents/extensions/distributed-tracing.md
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from shared.ids import new_id
from shared.telemetry_trail import carry, checked


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `data` is JSON; `time` is UTC.

    `traceparent` is the W3C trace context of the work in which it happened (CloudEvents' distributed tracing
    extension): the present work's, unless another is given. Events without one are as good.
    """

    type: str
    source: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    id: str = field(default_factory=lambda: new_id("evt"))
    traceparent: str | None = field(default_factory=carry)

    @property
    def topic(self) -> str:
        """One topic a domain: the first word of the type."""
        return self.type.partition(".")[0]


def to_json(event: Event) -> bytes:
    """Write the CloudEvents JSON form."""
    body: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": f"/bmc/{event.source}",
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        "data": event.data,
    }
    if event.traceparent is not None:
        body["traceparent"] = event.traceparent
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def from_json(raw: bytes | str) -> Event:
    """Read the CloudEvents JSON form; raises ValueError (or a subclass) for anything else."""
    body = orjson.loads(raw)
    if not isinstance(body, dict) or body.get("specversion") != "1.0":
        raise ValueError("not a CloudEvents 1.0 envelope")
    try:
        return Event(
            id=str(body["id"]),
            type=str(body["type"]),
            source=str(body["source"]).removeprefix("/bmc/"),
            subject=str(body["subject"]),
            time=datetime.fromisoformat(body["time"]),
            data=dict(body["data"]),
            traceparent=checked(body.get("traceparent")),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the envelope lacks {error}") from error
