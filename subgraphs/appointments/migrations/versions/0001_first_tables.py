"""Availability, appointments, reservations, the waitlist, idempotency keys; outbox, inbox, leases."""

import sqlalchemy as sa
from alembic import op

from shared.stores.sql_types import TABLE_OPTIONS, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(64).with_variant(sa.String(64, collation="ascii_bin"), "mysql", "mariadb")
LONG_ID = sa.String(128).with_variant(sa.String(128, collation="ascii_bin"), "mysql", "mariadb")
KEY = sa.String(128).with_variant(sa.String(128, collation="utf8mb4_bin"), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", ID, nullable=False),
        sa.Column("doctor_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING_PAYMENT",
                "CONFIRMED",
                "CHECKED_IN",
                "COMPLETED",
                "CANCELLED",
                "EXPIRED",
                "NO_SHOW",
                name="appointmentstatus",
                native_enum=False,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("fee_units", sa.BigInteger(), nullable=False),
        sa.Column("fee_currency", sa.String(length=3), nullable=False),
        sa.Column("doctor_time_zone", sa.String(length=64), nullable=False),
        sa.Column("symptoms", sa.Text(), nullable=True),
        sa.Column("prior_medical_history", sa.Text(), nullable=True),
        sa.Column("pay_by", UtcDateTime(), nullable=False),
        sa.Column("payment_id", ID, nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        sa.Column("reschedule_count", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reminded_day_before", sa.Boolean(), nullable=False),
        sa.Column("reminded_hour_before", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        **TABLE_OPTIONS,
    )
    op.create_index("appointments_of_doctor", "appointments", ["doctor_id", "starts_at", "id"])
    op.create_index("appointments_of_user", "appointments", ["user_id", "starts_at", "id"])
    op.create_index("appointments_to_expire", "appointments", ["status", "pay_by"])
    op.create_index("appointments_to_remind", "appointments", ["status", "starts_at"])

    op.create_table(
        "availabilities",
        sa.Column("doctor_id", ID, nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("minimum_notice_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("doctor_id"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "day_overrides",
        sa.Column("doctor_id", ID, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("doctor_id", "on_date"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("operation", sa.String(length=32), nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("appointment_id", ID, nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "operation", "key"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", LONG_ID, nullable=False),
        sa.Column("event_id", LONG_ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id"),
        **TABLE_OPTIONS,
    )
    op.create_index("inbox_at", "inbox", ["at"])

    op.create_table(
        "leases",
        sa.Column("name", LONG_ID, nullable=False),
        sa.Column("holder", LONG_ID, nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "outbox",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_id", LONG_ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("event_id"),
        sqlite_autoincrement=True,
        **TABLE_OPTIONS,
    )
    op.create_table(
        "reservations",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("tick", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", ID, nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "tick"),
        sqlite_with_rowid=False,
        **TABLE_OPTIONS,
    )
    op.create_index("reservations_of_holder", "reservations", ["holder"])

    op.create_table(
        "waitlist_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("doctor_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "WAITING", "OFFERED", "BOOKED", "LEFT", "EXPIRED", name="waitliststatus", native_enum=False, length=16
            ),
            nullable=False,
        ),
        sa.Column("live_key", sa.String(length=191), nullable=True),
        sa.Column("offered_starts_at", UtcDateTime(), nullable=True),
        sa.Column("offered_ends_at", UtcDateTime(), nullable=True),
        sa.Column("offer_expires_at", UtcDateTime(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live_key"),
        **TABLE_OPTIONS,
    )
    op.create_index("waitlist_of_doctor", "waitlist_entries", ["doctor_id", "status", "joined_at"])
    op.create_index("waitlist_of_user", "waitlist_entries", ["user_id", "joined_at"])
    op.create_index("waitlist_to_expire", "waitlist_entries", ["status", "offer_expires_at"])


def downgrade() -> None:
    op.drop_table("waitlist_entries")
    op.drop_table("reservations")
    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("inbox")
    op.drop_table("idempotency_keys")
    op.drop_table("day_overrides")
    op.drop_table("availabilities")
    op.drop_table("appointments")
