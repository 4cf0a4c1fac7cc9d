"""What this subgraph hears: deeds to be kept in the audit trail, and its own word that an export is wanted."""

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


class ExportRequested(BaseModel):
    """What is read of an export's request."""

    account_id: str


def export_consumer(service: SecurityService, store: Store, bus: Bus, clock: Clock) -> Consumer:
    """Make the consumer that makes exports; one of its own, because others are asked, which takes time."""

    async def make(event: Event, data: ExportRequested) -> None:
        await service.exports.make(data.account_id, event.id.replace("evt_", "exp_"))

    subscription = Subscription(ExportRequested, make, transactional=False)
    return Consumer("security.exports", store, bus, {"account.export_requested": subscription}, clock=clock)
