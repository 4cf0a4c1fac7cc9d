"""What is kept in SQL: availability, appointments, reservations, the waitlist, idempotency keys.

`reservations` is what makes double booking impossible: one row for each owner (a doctor or a patient) and five-minute
tick, under one primary key. A doctor's rows reach to the end of the buffer. A row is a hold until `held_until`, firm
when that is empty; a hold whose time has passed is worth nothing, whoever has yet to remove it. Windows are kept as
JSON: they are written and read whole, and nobody searches inside.
"""

from datetime import date, datetime
from enum import Enum
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Date, Index, String, Text, false
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import configure_mappers, registry
from sqlmodel import Field, SQLModel

from shared.stores.sql_outbox import outbox_tables
from shared.stores.sql_types import TABLE_OPTIONS, UtcDateTime

# Ids are ASCII and compared byte by byte; MySQL's default collation would fold case.
_ID = String(64).with_variant(String(64, collation="ascii_bin"), "mysql", "mariadb")
_TICK = BigInteger()


class AppointmentStatus(Enum):
    """The lifecycle of an appointment."""

    PENDING_PAYMENT = "PENDING_PAYMENT"
    CONFIRMED = "CONFIRMED"
    CHECKED_IN = "CHECKED_IN"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"


COMING = (AppointmentStatus.PENDING_PAYMENT, AppointmentStatus.CONFIRMED)
"""What may still be moved or called off."""


class WaitlistStatus(Enum):
    """The lifecycle of a waitlist entry."""

    WAITING = "WAITING"
    OFFERED = "OFFERED"
    BOOKED = "BOOKED"
    LEFT = "LEFT"
    EXPIRED = "EXPIRED"


LIVING = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)
"""What still waits for a slot, or for an answer to an offer."""


class Row(SQLModel, registry=registry()):
    """The tables of this subgraph have a registry of their own."""


class AvailabilityRow(Row, table=True):
    """What a doctor published; `weekly` is `[[day, from, to], …]`, Monday being 0, in minutes since midnight."""

    __tablename__ = "availabilities"
    __table_args__: ClassVar = TABLE_OPTIONS

    doctor_id: str = Field(primary_key=True, sa_type=_ID)
    weekly: list[list[int]] = Field(sa_type=JSON)
    slot_minutes: int
    buffer_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    valid_from: date | None = Field(default=None, sa_type=Date)
    valid_to: date | None = Field(default=None, sa_type=Date)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class OverrideRow(Row, table=True):
    """The hours of one date of a doctor's calendar; `windows` is `[[from, to], …]`, none being a day off."""

    __tablename__ = "day_overrides"
    __table_args__: ClassVar = TABLE_OPTIONS

    doctor_id: str = Field(primary_key=True, sa_type=_ID)
    on_date: date = Field(primary_key=True, sa_type=Date)
    windows: list[list[int]] = Field(sa_type=JSON)


class AppointmentRow(Row, table=True):
    """One appointment.

    The fee is counted in the currency's smallest unit. `sequence` counts what calendars must take over (moves,
    cancellation). `placed_at` is when it got its present time. `payment_id` is the payment that confirmed it.
    `user_left` tells that the patient was erased: `user_id` leads to nobody.
    """

    __tablename__ = "appointments"
    __table_args__: ClassVar = (
        Index("appointments_of_doctor", "doctor_id", "starts_at", "id"),
        Index("appointments_of_user", "user_id", "starts_at", "id"),
        Index("appointments_to_expire", "status", "pay_by"),
        Index("appointments_to_remind", "status", "starts_at"),
        TABLE_OPTIONS,
    )

    id: str = Field(primary_key=True, sa_type=_ID)
    doctor_id: str = Field(sa_type=_ID)
    user_id: str = Field(sa_type=_ID)
    status: AppointmentStatus = Field(sa_type=SqlEnum(AppointmentStatus, native_enum=False, length=16))
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    buffer_minutes: int
    fee_units: int = Field(sa_type=BigInteger)
    fee_currency: str = Field(sa_type=String(3))
    doctor_time_zone: str = Field(sa_type=String(64))
    symptoms: str | None = Field(default=None, sa_type=Text)
    prior_medical_history: str | None = Field(default=None, sa_type=Text)
    pay_by: datetime = Field(sa_type=UtcDateTime)
    payment_id: str | None = Field(default=None, sa_type=_ID)
    cancellation_reason: str | None = Field(default=None, sa_type=Text)
    reschedule_count: int = 0
    sequence: int = 0
    reminded_day_before: bool = False
    reminded_hour_before: bool = False
    version: int = 1
    placed_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    user_left: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class ReservationRow(Row, table=True):
    """One tick of one owner; `holder` is the appointment, or the waitlist entry, that has it."""

    __tablename__ = "reservations"
    __table_args__: ClassVar = (
        Index("reservations_of_holder", "holder"),
        {"sqlite_with_rowid": False, **TABLE_OPTIONS},
    )

    owner_id: str = Field(primary_key=True, sa_type=_ID)
    tick: int = Field(primary_key=True, sa_type=_TICK, sa_column_kwargs={"autoincrement": False})
    holder: str = Field(sa_type=_ID)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WaitlistRow(Row, table=True):
    """One patient waiting for one doctor; `live_key` is unique while the entry lives, and empty afterwards."""

    __tablename__ = "waitlist_entries"
    __table_args__: ClassVar = (
        Index("waitlist_of_doctor", "doctor_id", "status", "joined_at"),
        Index("waitlist_of_user", "user_id", "joined_at"),
        Index("waitlist_to_expire", "status", "offer_expires_at"),
        TABLE_OPTIONS,
    )

    id: str = Field(primary_key=True, sa_type=_ID)
    doctor_id: str = Field(sa_type=_ID)
    user_id: str = Field(sa_type=_ID)
    from_date: date = Field(sa_type=Date)
    to_date: date = Field(sa_type=Date)
    status: WaitlistStatus = Field(sa_type=SqlEnum(WaitlistStatus, native_enum=False, length=16))
    live_key: str | None = Field(default=None, sa_type=String(191), unique=True)
    offered_starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    offered_ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    offer_expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    joined_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class IdempotencyRow(Row, table=True):
    """What an account's key was used for: `fingerprint` of the input, and the appointment that answered it."""

    __tablename__ = "idempotency_keys"
    __table_args__: ClassVar = TABLE_OPTIONS

    account_id: str = Field(primary_key=True, sa_type=_ID)
    operation: str = Field(primary_key=True, sa_type=String(32))
    key: str = Field(
        primary_key=True, sa_type=String(128).with_variant(String(128, collation="utf8mb4_bin"), "mysql", "mariadb")
    )
    fingerprint: str = Field(sa_type=String(64))
    appointment_id: str = Field(sa_type=_ID)
    used_at: datetime = Field(sa_type=UtcDateTime)


# Else SQLAlchemy would do so with its first query, and rows are made of values before that.
configure_mappers()

METADATA = Row.metadata
OUTBOX = outbox_tables(METADATA)
