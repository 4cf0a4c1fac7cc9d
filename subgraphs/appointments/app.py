"""The wiring of this subgraph: the only place that opens anything."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.auth import Caller
from shared.clients.entities import EntityClient
from shared.clock import Clock
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
from subgraphs.appointments.repository.holds import HoldRepository
from subgraphs.appointments.schema import schema
from subgraphs.appointments.service import Services
from subgraphs.appointments.service.booking import Booking, Calendar
from subgraphs.appointments.service.cancelling import Cancelling
from subgraphs.appointments.service.changes import Changes
from subgraphs.appointments.service.clockwork import Clockwork
from subgraphs.appointments.service.confirmation import Confirmation
from subgraphs.appointments.service.departing import Departing
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.keys import Keys
from subgraphs.appointments.service.lifecycle import Lifecycle
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.live import Live
from subgraphs.appointments.service.placement import Placement
from subgraphs.appointments.service.prescribing import Prescribing
from subgraphs.appointments.service.publishing import Publishing
from subgraphs.appointments.service.rescheduling import Rescheduling
from subgraphs.appointments.service.sampling import Sampling
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

    door = Door(schema, name="appointments", verifier=ports.verifier, service=services, loaders=loaders)
    return Subgraph(
        name="appointments",
        app=make_app(door),
        consumers=(make_consumer(services, kept.sql, ports.bus, ports.clock),),
        stores=(kept.sql, kept.mongo),
        jobs=(*_jobs(services), _sampling(kept.sql, ports.clock)),
        loops=(services.live.follow,),
    )


@dataclass(frozen=True, slots=True)
class Tools:
    """What several decisions share."""

    clock: Clock
    entities: EntityClient
    doctors: Doctors
    changes: Changes
    keys: Keys
    calendar: Calendar
    placement: Placement
    listing: Listing

    @classmethod
    def over(cls, ports: Ports, kept: Kept) -> "Tools":
        """Make them over the stores."""
        clock, entities = ports.clock, ports.entities("appointments")
        doctors, changes = Doctors(entities), Changes(kept.sql, clock)
        return cls(
            clock=clock,
            entities=entities,
            doctors=doctors,
            changes=changes,
            keys=Keys(kept.keys, kept.appointments, clock),
            calendar=Calendar(kept.availability, clock),
            placement=Placement(kept.reservations, kept.appointments, kept.waitlist, changes=changes, clock=clock),
            listing=Listing(doctors, kept.availability, kept.reservations, clock),
        )


def _make_services(ports: Ports, kept: Kept) -> Services:
    tools = Tools.over(ports, kept)
    clock, sql, changes, placement = tools.clock, kept.sql, tools.changes, tools.placement
    notice = timedelta(seconds=ports.settings.cancel_notice_seconds)
    cancelling = Cancelling(
        sql, kept.appointments, kept.reservations, keys=tools.keys, changes=changes, clock=clock, notice=notice
    )
    prescribing = Prescribing(
        kept.mongo, kept.prescriptions, kept.appointments, blobs=ports.blobs, entities=tools.entities, clock=clock
    )
    waiting = _make_waiting(kept, tools, timedelta(seconds=ports.settings.waitlist_offer_seconds))
    return Services(
        clock=clock,
        doctors=tools.doctors,
        publishing=Publishing(sql, kept.availability, clock),
        listing=tools.listing,
        booking=_make_booking(kept, tools, ports.settings.hold),
        confirmation=Confirmation(
            sql, kept.appointments, kept.reservations, placement=placement, changes=changes, clock=clock
        ),
        cancelling=cancelling,
        rescheduling=_make_rescheduling(kept, tools),
        lifecycle=Lifecycle(sql, kept.appointments, changes),
        prescribing=prescribing,
        waiting=waiting,
        viewing=Viewing(sql, clock),
        clockwork=Clockwork(sql, kept.appointments, kept.keys, placement=placement, changes=changes, clock=clock),
        live=Live(ports.bus, tools.doctors, clock),
        departing=Departing(
            sql,
            kept.appointments,
            kept.waitlist,
            cancelling=cancelling,
            waiting=waiting,
            prescribing=prescribing,
            clock=clock,
        ),
    )


def _make_booking(kept: Kept, tools: Tools, hold: timedelta) -> Booking:
    return Booking(
        kept.sql,
        kept.appointments,
        kept.reservations,
        calendar=tools.calendar,
        keys=tools.keys,
        placement=tools.placement,
        changes=tools.changes,
        doctors=tools.doctors,
        listing=tools.listing,
        entities=tools.entities,
        clock=tools.clock,
        hold=hold,
    )


def _make_rescheduling(kept: Kept, tools: Tools) -> Rescheduling:
    return Rescheduling(
        kept.sql,
        kept.appointments,
        calendar=tools.calendar,
        keys=tools.keys,
        placement=tools.placement,
        changes=tools.changes,
        doctors=tools.doctors,
        clock=tools.clock,
    )


def _make_waiting(kept: Kept, tools: Tools, offer: timedelta) -> Waiting:
    return Waiting(
        kept.sql,
        kept.waitlist,
        kept.reservations,
        calendar=tools.calendar,
        placement=tools.placement,
        changes=tools.changes,
        doctors=tools.doctors,
        clock=tools.clock,
        offer=offer,
    )


def _jobs(services: Services) -> tuple[Job, ...]:
    return (
        Job("appointments.expire", timedelta(seconds=5), services.clockwork.expire),
        Job("appointments.remind", timedelta(seconds=30), services.clockwork.remind),
        Job("appointments.waitlist", timedelta(seconds=10), services.waiting.tidy),
        Job("appointments.keys", timedelta(hours=6), services.clockwork.forget_keys),
    )


def _sampling(sql: SqlStore, clock: Clock) -> Job:
    return Job("sample-holds", timedelta(seconds=15), Sampling(HoldRepository(sql), clock).sample_holds)
