"""The wiring of this subgraph: the only place that opens anything."""

from datetime import timedelta

from shared.graphql.door import Door, make_app
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.notifications.consumers import make_consumer
from subgraphs.notifications.documents import DOCUMENTS, PreferencesDocument
from subgraphs.notifications.loaders import Loaders
from subgraphs.notifications.repository import NotificationRepository
from subgraphs.notifications.schema import schema
from subgraphs.notifications.service import NotificationService
from subgraphs.notifications.service.composing import Composing
from subgraphs.notifications.service.facts import Facts


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("notifications", DOCUMENTS)
    repository = NotificationRepository(store)

    async def preferences(user_id: str) -> PreferencesDocument:
        (found,) = await repository.preferences([user_id])
        return found

    facts = Facts(ports.entities("notifications"))
    composing = Composing(facts, preferences, ports.settings.base_url, ports.clock)
    service = NotificationService(store, repository, composing, ports.mailer, ports.clock)
    door = Door(
        schema, name="notifications", verifier=ports.verifier, service=service, loaders=lambda _: Loaders(repository)
    )
    return Subgraph(
        name="notifications",
        app=make_app(door),
        consumers=(make_consumer(store, ports.bus, service, ports.clock),),
        stores=(store,),
        jobs=(Job("sample-mails", timedelta(seconds=15), service.sample_overdue),),
        worker_loops=(service.keep_sending,),
        service=service,
    )
