"""The wiring of this subgraph: the only place that opens anything."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.auth import Caller
from shared.graphql.door import Door, make_app
from shared.stores.migrations import migrate
from shared.stores.mongo import MongoStore
from shared.stores.sql import SqlStore
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.appointments.consumers import make_consumer
from subgraphs.appointments.documents import DOCUMENTS
from subgraphs.appointments.loaders import Loaders
from subgraphs.appointments.repository import (
    AppointmentRepository,
    AvailabilityRepository,
    IdempotencyRepository,
    PrescriptionRepository,
    ReservationRepository,
    WaitlistRepository,
)
from subgraphs.appointments.schema import schema
from subgraphs.appointments.service import Services
from subgraphs.appointments.service.booking import Booking, Calendar
from subgraphs.appointments.service.cancelling import Cancelling
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.clockwork import Clockwork
from subgraphs.appointments.service.confirmation import Confirmation
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.keys import Keys
from subgraphs.appointments.service.lifecycle import Lifecycle
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.live import Live
from subgraphs.appointments.service.placement import Placement
from subgraphs.appointments.service.prescribing import Prescribing
from subgraphs.appointments.service.publishing import Publishing
from subgraphs.appointments.service.rescheduling import Rescheduling
from subgraphs.appointments.service.viewing import Viewing
from subgraphs.appointments.service.waiting import Waiting

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Kept:
    """The stores and what reads and writes them."""

    sql: SqlStore
    mongo: MongoStore
    appointments: AppointmentRepository
    availability: AvailabilityRepository
    reservations: ReservationRepository
    waitlist: WaitlistRepository
    keys: IdempotencyRepository
    prescriptions: PrescriptionRepository

    @classmethod
    async def open(cls, ports: Ports) -> "Kept":
        """Open the stores."""
        url = ports.sql_url("appointments")
        await migrate(url, MIGRATIONS)
        sql = await SqlStore.open(url, clock=ports.clock)
        mongo = await ports.open_mongo("appointments", DOCUMENTS)
        return cls(
            sql=sql,
            mongo=mongo,
            appointments=AppointmentRepository(sql),
            availability=AvailabilityRepository(sql),
            reservations=ReservationRepository(sql),
            waitlist=WaitlistRepository(sql),
            keys=IdempotencyRepository(sql),
            prescriptions=PrescriptionRepository(mongo),
        )


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the stores and answer the running subgraph."""
    kept = await Kept.open(ports)
    services = _make_services(ports, kept)

    def loaders(caller: Caller) -> Loaders:
        return Loaders(services, kept.appointments, kept.prescriptions, kept.waitlist, caller)

    door = Door(schema, verifier=ports.verifier, service=services, loaders=loaders)
    return Subgraph(
        name="appointments",
        app=make_app(door),
        consumers=(make_consumer(services, kept.sql, ports.bus, ports.clock),),
        stores=(kept.sql, kept.mongo),
        jobs=_jobs(services),
        loops=(services.live.follow,),
    )


def _make_services(ports: Ports, kept: Kept) -> Services:
    clock, settings, sql = ports.clock, ports.settings, kept.sql
    entities = ports.entities("appointments")
    doctors = Doctors(entities)
    changes = Changes(sql, clock)
    keys = Keys(kept.keys, kept.appointments, clock)
    calendar = Calendar(kept.availability, clock)
    placement = Placement(kept.reservations, kept.appointments, kept.waitlist, changes=changes, clock=clock)
    listing = Listing(doctors, kept.availability, kept.reservations, clock)
    offer = timedelta(seconds=settings.waitlist_offer_seconds)
    notice = timedelta(seconds=settings.cancel_notice_seconds)
    return Services(
        clock=clock,
        doctors=doctors,
        publishing=Publishing(sql, kept.availability, clock),
        listing=listing,
        booking=Booking(
            sql,
            kept.appointments,
            kept.reservations,
            calendar=calendar,
            keys=keys,
            placement=placement,
            changes=changes,
            doctors=doctors,
            listing=listing,
            entities=entities,
            clock=clock,
            hold=settings.hold,
        ),
        confirmation=Confirmation(
            sql, kept.appointments, kept.reservations, placement=placement, changes=changes, clock=clock
        ),
        cancelling=Cancelling(
            sql, kept.appointments, kept.reservations, keys=keys, changes=changes, clock=clock, notice=notice
        ),
        rescheduling=Rescheduling(
            sql,
            kept.appointments,
            calendar=calendar,
            keys=keys,
            placement=placement,
            changes=changes,
            doctors=doctors,
            clock=clock,
        ),
        lifecycle=Lifecycle(sql, kept.appointments, changes),
        prescribing=Prescribing(
            kept.mongo, kept.prescriptions, kept.appointments, blobs=ports.blobs, entities=entities, clock=clock
        ),
        waiting=Waiting(
            sql,
            kept.waitlist,
            kept.reservations,
            calendar=calendar,
            placement=placement,
            changes=changes,
            doctors=doctors,
            clock=clock,
            offer=offer,
        ),
        viewing=Viewing(sql, clock),
        clockwork=Clockwork(sql, kept.appointments, kept.keys, placement=placement, changes=changes, clock=clock),
        live=Live(ports.bus, doctors, clock),
    )


def _jobs(services: Services) -> tuple[Job, ...]:
    return (
        Job("appointments.expire", timedelta(seconds=5), services.clockwork.expire),
        Job("appointments.remind", timedelta(seconds=30), services.clockwork.remind),
        Job("appointments.waitlist", timedelta(seconds=10), services.waiting.tidy),
        Job("appointments.keys", timedelta(hours=6), services.clockwork.forget_keys),
    )
