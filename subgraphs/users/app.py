"""The wiring of this subgraph: the only place that opens anything."""

from datetime import timedelta

from shared.blobs.archive import DocumentArchive
from shared.blobs.shelf import DocumentShelf
from shared.clients.accounts import AccountClient
from shared.graphql.door import Door, make_app
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.users.consumers import make_consumer
from subgraphs.users.documents import DOCUMENTS, FileDocument, UserDocument
from subgraphs.users.events import SOURCE
from subgraphs.users.loaders import Loaders
from subgraphs.users.repository import UserRepository
from subgraphs.users.schema import schema
from subgraphs.users.service import ErasureService, ProfileService, RegistrationService, UserServices


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("users", DOCUMENTS)
    repository = UserRepository(store)
    shelf = DocumentShelf(ports.blobs, ports.clock)
    archive = DocumentArchive(store, FileDocument, UserDocument, shelf, ports.clock, source=SOURCE, of_patients=True)
    accounts = AccountClient(ports.entities("users"))
    services = UserServices(
        registration=RegistrationService(store, repository, accounts, ports.clock),
        profiles=ProfileService(store, repository, ports.clock),
        archive=archive,
        erasure=ErasureService(store, repository, archive, ports.clock),
    )
    door = Door(
        schema,
        name="users",
        verifier=ports.verifier,
        service=services,
        loaders=lambda caller: Loaders(repository, archive, caller),
    )
    return Subgraph(
        name="users",
        app=make_app(door),
        consumers=(make_consumer(store, ports.bus, services),),
        stores=(store,),
        jobs=(
            Job("users.orphans", timedelta(hours=1), services.registration.delete_orphans),
            Job("users.uploads", timedelta(hours=1), archive.sweep),
        ),
    )
