"""The wiring of this subgraph: the only place that opens anything."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.blobs.archive import DocumentArchive
from shared.blobs.shelf import DocumentShelf
from shared.clients.accounts import AccountClient
from shared.events.bus import Bus
from shared.graphql.door import Door, make_app
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.doctors.consumers import make_consumers
from subgraphs.doctors.documents import DOCUMENTS, DoctorDocument, FileDocument
from subgraphs.doctors.events import SOURCE
from subgraphs.doctors.loaders import Loaders
from subgraphs.doctors.repository import DirectoryPages, DoctorCache, DoctorRepository
from subgraphs.doctors.schema import schema
from subgraphs.doctors.service import (
    AvailabilityService,
    DirectoryService,
    DoctorChanger,
    DoctorServices,
    ErasureService,
    ProfileService,
    RatingService,
    RegistrationService,
    VettingService,
)


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("doctors", DOCUMENTS)
    repository = DoctorRepository(store)
    cache = DoctorCache(repository.by_id, ports.clock)
    shelf = DocumentShelf(ports.blobs, ports.clock)
    archive = DocumentArchive(store, FileDocument, DoctorDocument, shelf, ports.clock, source=SOURCE)
    entities = ports.entities("doctors")
    changer = DoctorChanger(store, repository, cache, ports.clock)
    services = DoctorServices(
        registration=RegistrationService(changer, AccountClient(entities)),
        profiles=ProfileService(changer),
        vetting=VettingService(changer),
        directory=DirectoryService(DirectoryPages()),
        availability=AvailabilityService(store, repository, entities, ports.clock),
        ratings=RatingService(changer, entities),
        archive=archive,
        erasure=ErasureService(changer, archive),
    )
    door = Door(
        schema,
        name="doctors",
        verifier=ports.verifier,
        service=services,
        loaders=lambda caller: Loaders(repository, cache, archive, caller),
    )
    return Subgraph(
        name="doctors",
        app=make_app(door),
        consumers=make_consumers(store, ports.bus, services),
        stores=(store,),
        jobs=(
            Job("doctors.orphans", timedelta(hours=1), services.registration.delete_orphans),
            Job("doctors.uploads", timedelta(hours=1), archive.sweep),
            Job("doctors.availability", timedelta(seconds=15), services.availability.refresh_due),
        ),
        loops=(_forget_what_changes(ports.bus, cache),),
    )


def _forget_what_changes(bus: Bus, cache: DoctorCache) -> Callable[[], Awaitable[None]]:
    """Answer the loop that keeps the memory honest: another process may have changed a doctor."""

    async def loop() -> None:
        # A follower that falls too far behind is ended; what it missed is forgotten with everything else.
        while True:
            async with bus.follow(["doctor"]) as events:
                cache.clear()
                async for event in events:
                    cache.invalidate(event.subject)

    return loop
