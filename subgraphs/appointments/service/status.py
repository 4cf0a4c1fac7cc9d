"""What a row says at this moment. A hold ends by the clock: nothing waits for a job to have written so."""

from datetime import datetime

from shared.auth import Caller
from shared.money import Money
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus, WaitlistRow, WaitlistStatus

PAID = frozenset({AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED})


def status_of(row: AppointmentRow, now: datetime) -> AppointmentStatus:
    """Answer an appointment's status: one whose hold has passed unpaid is expired."""
    if row.status is AppointmentStatus.PENDING_PAYMENT and row.pay_by <= now:
        return AppointmentStatus.EXPIRED
    return row.status


def waitlist_status_of(row: WaitlistRow, now: datetime) -> WaitlistStatus:
    """Answer an entry's status: one whose offer has passed is expired."""
    lapsed = row.offer_expires_at is not None and row.offer_expires_at <= now
    return WaitlistStatus.EXPIRED if row.status is WaitlistStatus.OFFERED and lapsed else row.status


def fee_of(row: AppointmentRow) -> Money:
    """Answer the fee as it was at booking."""
    return Money.from_minor_units(row.fee_units, row.fee_currency)


def takes_part(caller: Caller, row: AppointmentRow) -> bool:
    """Tell whether the caller is the appointment's patient or doctor: they alone see what is clinical."""
    return caller.signed_in and (row.user_id == caller.user_id or row.doctor_id == caller.doctor_id)


def may_see(caller: Caller, row: AppointmentRow) -> bool:
    """Tell whether the caller may know of the appointment."""
    return takes_part(caller, row) or caller.may("appointments:read") or caller.may("appointments:manage")
