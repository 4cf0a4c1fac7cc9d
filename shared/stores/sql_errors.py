"""What an error of a SQL database means, whichever driver raised it, and whether SQLAlchemy has wrapped it.

MySQL 8 and MariaDB word a refused key differently (`for key 'reservations.PRIMARY'`, `for key 'PRIMARY'`), SQLite names
columns instead of keys. `refused_key` answers the same name for all three: PRIMARY, or the unique key's own, which for
one that has no name of its own is its first column.
"""

import re
import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

_DUPLICATE_ENTRY = 1062
# Lock wait time-out, deadlock.
_CONFLICTS = {1205, 1213}
# Cannot connect (the server's many forms of it, and the client's two), server gone, connection lost, shutdown in
# progress, connection killed, read error, not connected, read only (a primary that has just become a replica), and
# the disk full, in two words.
_OUTAGES = {1021, 1114, 1040, 1042, 1043, 1053, 1077, 1079, 1290, 1836, 1927, 2002, 2003, 2006, 2013, 2055, 4031}
_FULL_OR_FAILING_DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")
_KEY_OF_MYSQL = re.compile(r"for key '(?:[^']*\.)?([^'.]+)'\s*$")
_COLUMN_OF_SQLITE = re.compile(r"UNIQUE constraint failed: \w+\.(\w+)")


class DuplicateKey(Exception):
    """A unique key refused a row; `key` is its name, as `refused_key` says. The transaction is to be ended."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"the key {key} has this value already")


def is_conflict(error: BaseException) -> bool:
    """Tell whether others were in the way, so that the transaction may succeed when it is run again."""
    found = _of_driver(error)
    if isinstance(found, sqlite3.OperationalError):
        return "database is locked" in str(found)
    return _code(found) in _CONFLICTS


def is_outage(error: BaseException) -> bool:
    """Tell whether the database did not answer, has no connection to give, or no room to write."""
    if isinstance(error, NoConnectionFree | TimeoutError):
        return True
    found = _of_driver(error)
    if isinstance(found, sqlite3.OperationalError):
        return found.sqlite_errorname.startswith(_FULL_OR_FAILING_DISK)
    # uvloop's word for writing to a connection that the other end has closed.
    lost = isinstance(error, RuntimeError) and "TCPTransport" in str(error)
    return lost or _code(found) in _OUTAGES or (found is not None and _is_closed(found))


def refused_key(error: BaseException) -> str | None:
    """Answer the name of the unique key that refused a row; None if the error is another one."""
    found = _of_driver(error)
    if isinstance(found, sqlite3.IntegrityError):
        if found.sqlite_errorname == "SQLITE_CONSTRAINT_PRIMARYKEY":
            return "PRIMARY"
        column = _COLUMN_OF_SQLITE.match(str(found))
        return column[1] if column is not None else None
    if _code(found) != _DUPLICATE_ENTRY or found is None:
        return None
    key = _KEY_OF_MYSQL.search(str(found.args[1]))
    return key[1] if key is not None else None


def _of_driver(error: BaseException) -> BaseException | None:
    """Answer the driver's own error; None if it is not a driver's."""
    if isinstance(error, DBAPIError):
        return error.orig
    drivers_own = isinstance(error, sqlite3.Error) or type(error).__module__.startswith("pymysql.")
    return error if drivers_own else None


def _code(error: BaseException | None) -> object:
    return error.args[0] if error is not None and error.args else None


def _is_closed(error: BaseException) -> bool:
    """Tell whether aiomysql says that its end of the connection is closed: it has no number for that."""
    words = str(error)
    return any(word in words for word in ("Not connected", "Already closed", "Cancelled during execution"))
