"""Where tests of SQL keep things: on the server of MYSQL_URL databases of their own, elsewhere files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from shared.ids import new_id

MYSQL_URL = os.environ.get("MYSQL_URL", "")


@contextmanager
def mysql_database(server: str = MYSQL_URL) -> Iterator[str]:
    """Make a database on a server, answer its URL, and drop it afterwards."""
    name = new_id("t")
    with _administering(make_url(server)) as engine, engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with _administering(make_url(server)) as engine, engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))


def empty(url: str) -> None:
    """Delete every row of a database but those about its migrations."""
    with _administering(make_url(url)) as engine, engine.connect() as connection:
        for (table,) in list(connection.execute(text("SHOW TABLES"))):
            if not table.startswith("alembic_"):
                connection.execute(text(f"DELETE FROM {table}"))


@contextmanager
def _administering(url: URL) -> Iterator[Engine]:
    engine = create_engine(url.set(drivername="mysql+pymysql"), isolation_level="AUTOCOMMIT")
    try:
        yield engine
    finally:
        engine.dispose()
