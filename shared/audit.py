"""The audit record: who did what to which object, when, with what outcome.

It travels as an event of the subgraph where it happened, so it is as durable as the deed; the security subgraph chains
the records. Ids only, like every event.
"""

from typing import ClassVar

from shared.auth import Caller
from shared.clock import Clock
from shared.events.declared import EventData, event
from shared.events.envelope import Event


class AuditRecorded(EventData):
    """One deed. `user_id` is the patient whose record it concerns; `actor_id` is an account, or `system`."""

    type: ClassVar[str] = "audit.recorded"
    actor_id: str
    action: str
    resource_type: str
    resource_id: str
    user_id: str | None = None
    outcome: str = "ok"


def audited(
    source: str,
    caller: Caller,
    clock: Clock,
    *,
    action: str,
    resource: tuple[str, str],
    user_id: str | None = None,
    outcome: str = "ok",
) -> Event:
    """Make the record's event, e.g. `action="doctor.approve"`, `resource=("Doctor", "doc_…")`."""
    resource_type, resource_id = resource
    data = AuditRecorded(
        actor_id=caller.account_id or "system",
        action=action,
        resource_type=resource_type,
        resource_id=resource_id,
        user_id=user_id,
        outcome=outcome,
    )
    return event(source, resource_id, data, clock)
