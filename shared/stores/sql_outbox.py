"""The tables that a SQL store keeps beside a subgraph's own: outbox, inbox, leases.

Each SQL subgraph has a registry of its own, so the tables are added to whichever MetaData is given; its migrations
then create them with the rest.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from shared.stores.sql_types import TABLE_OPTIONS, UtcDateTime

# Ids and names are ASCII and compared byte by byte; MySQL's default collation would fold case.
_ID = String(128).with_variant(String(128, collation="ascii_bin"), "mysql", "mariadb")


@dataclass(frozen=True, slots=True)
class OutboxTables:
    """`outbox`: events to publish, by number. `inbox`: events handled. `leases`: who relays."""

    outbox: Table
    inbox: Table
    leases: Table


def outbox_tables(metadata: MetaData) -> OutboxTables:
    """Add the tables to `metadata`."""
    return OutboxTables(
        outbox=Table(
            "outbox",
            metadata,
            # SQLite numbers only a column of type INTEGER, and AUTOINCREMENT keeps it from using a number again.
            Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
            Column("event_id", _ID, nullable=False, unique=True),
            Column("body", Text, nullable=False),
            sqlite_autoincrement=True,
            **TABLE_OPTIONS,
        ),
        inbox=Table(
            "inbox",
            metadata,
            Column("consumer", _ID, primary_key=True),
            Column("event_id", _ID, primary_key=True),
            Column("at", UtcDateTime, nullable=False),
            Index("inbox_at", "at"),
            **TABLE_OPTIONS,
        ),
        leases=Table(
            "leases",
            metadata,
            Column("name", _ID, primary_key=True),
            Column("holder", _ID, nullable=False),
            Column("until", UtcDateTime, nullable=False),
            **TABLE_OPTIONS,
        ),
    )
