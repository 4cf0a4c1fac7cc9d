"""Column types, and options of tables, that make SQLite and MySQL mean the same."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator, TypeEngine

TABLE_OPTIONS: Final[dict[str, Any]] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
"""MySQL's default depends on the server's configuration, may know half of Unicode only, and takes `a` for `A`."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in and out, kept in UTC with microseconds. MySQL would keep whole seconds if not told."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | datetime | None]:
        # SQLAlchemy's own way to SQLite's text takes ten times as long, and a booking has twenty instants.
        return _text_of if dialect.name == "sqlite" else _naive

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (the signature is SQLAlchemy's)
        return _naive(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (as above)
        return None if value is None else value.replace(tzinfo=UTC)


def _naive(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.astimezone(UTC).replace(tzinfo=None)


def _text_of(value: datetime | None) -> str | None:
    naive = _naive(value)
    return naive.isoformat(" ", "microseconds") if naive is not None else None
