"""What this subgraph hears: deeds to be kept in the audit trail."""

from pydantic import BaseModel

from shared.clock import Clock
from shared.events.bus import Bus
from shared.events.consumer import Consumer, Subscription
from shared.events.envelope import Event
from shared.stores.store import Store
from subgraphs.security.service import SecurityService
from subgraphs.security.service.audit_trail import Deed


class AuditRecorded(BaseModel):
    """The fields of audit.recorded; all of them are kept."""

    actor_id: str
    action: str
    resource_type: str
    resource_id: str
    user_id: str | None
    outcome: str


def audit_consumer(service: SecurityService, store: Store, bus: Bus, clock: Clock) -> Consumer:
    """Make the consumer that chains deeds into the trail."""

    async def append(event: Event, data: AuditRecorded) -> None:
        await service.audit.append(event, Deed(**data.model_dump()))

    # Not transactional: records must queue before their transactions begin, and the trail knows each event by its id.
    subscription = Subscription(AuditRecorded, append, transactional=False)
    return Consumer("security.audit", store, bus, {"audit.recorded": subscription}, clock=clock)
