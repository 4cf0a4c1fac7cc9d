"""What the business decides, a file for each decision; `slots`, `hours` and `ticks` are pure."""

from dataclasses import dataclass

from shared.clock import Clock
from subgraphs.appointments.service.booking import Booking
from subgraphs.appointments.service.cancelling import Cancelling
from subgraphs.appointments.service.clockwork import Clockwork
from subgraphs.appointments.service.confirmation import Confirmation
from subgraphs.appointments.service.departing import Departing
from subgraphs.appointments.service.doctors import Doctors
from subgraphs.appointments.service.lifecycle import Lifecycle
from subgraphs.appointments.service.listing import Listing
from subgraphs.appointments.service.live import Live
from subgraphs.appointments.service.prescribing import Prescribing
from subgraphs.appointments.service.publishing import Publishing
from subgraphs.appointments.service.rescheduling import Rescheduling
from subgraphs.appointments.service.viewing import Viewing
from subgraphs.appointments.service.waiting import Waiting


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a door may call."""

    clock: Clock
    doctors: Doctors
    publishing: Publishing
    listing: Listing
    booking: Booking
    confirmation: Confirmation
    cancelling: Cancelling
    rescheduling: Rescheduling
    lifecycle: Lifecycle
    prescribing: Prescribing
    waiting: Waiting
    viewing: Viewing
    clockwork: Clockwork
    live: Live
    departing: Departing
