"""What drivers' errors mean: refused keys by one name for every database, conflicts, outages, and everything else."""

import sqlite3
from collections.abc import Iterator

import pytest
from pymysql.err import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import IntegrityError as Wrapped

from shared.stores.sql_errors import is_conflict, is_outage, refused_key


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a TEXT, b TEXT, live_key TEXT UNIQUE, n INT NOT NULL, PRIMARY KEY (a, b))")
    connection.execute("INSERT INTO t VALUES ('1', '1', 'one', 1)")
    yield connection
    connection.close()


def refusal(table: sqlite3.Connection, statement: str) -> sqlite3.Error:
    with pytest.raises(sqlite3.Error) as raised:
        table.execute(statement)
    return raised.value


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Duplicate entry 'doc_a-10' for key 'PRIMARY'", "PRIMARY"),
        ("Duplicate entry 'doc_a-10' for key 'reservations.PRIMARY'", "PRIMARY"),
        ("Duplicate entry 'doc/usr' for key 'live_key'", "live_key"),
        ("Duplicate entry 'doc/usr' for key 'waitlist_entries.live_key'", "live_key"),
        ("Duplicate entry 'it's for key 'PRIMARY'' for key 'waitlist_entries.live_key'", "live_key"),
    ],
)
def test_a_refused_key_has_one_name_in_the_words_of_mysql_and_of_mariadb(text: str, key: str) -> None:
    error = IntegrityError(1062, text)

    assert refused_key(error) == key
    assert refused_key(Wrapped("INSERT", {}, error)) == key


def test_sqlite_names_the_same_keys(table: sqlite3.Connection) -> None:
    assert refused_key(refusal(table, "INSERT INTO t VALUES ('1', '1', 'two', 1)")) == "PRIMARY"
    assert refused_key(refusal(table, "INSERT INTO t VALUES ('2', '1', 'one', 1)")) == "live_key"


def test_other_refusals_are_no_refused_keys(table: sqlite3.Connection) -> None:
    assert refused_key(refusal(table, "INSERT INTO t VALUES ('2', '1', 'two', NULL)")) is None
    assert refused_key(IntegrityError(1048, "Column 'n' cannot be null")) is None
    assert refused_key(DataError(1406, "Data too long for column 'key' at row 1")) is None
    assert refused_key(ValueError("for key 'PRIMARY'")) is None


@pytest.mark.parametrize("code", [1205, 1213])
def test_a_deadlock_and_a_lock_that_does_not_come_are_conflicts(code: int) -> None:
    error = OperationalError(code, "Deadlock found when trying to get lock; try restarting transaction")

    assert is_conflict(error)
    assert is_conflict(Wrapped("UPDATE", {}, error))
    assert not is_outage(error)


def test_a_locked_sqlite_is_a_conflict_and_a_missing_table_is_none(table: sqlite3.Connection) -> None:
    assert is_conflict(sqlite3.OperationalError("database is locked"))
    assert not is_conflict(refusal(table, "SELECT * FROM nothing"))
    assert not is_outage(refusal(table, "SELECT * FROM nothing"))


def test_a_full_sqlite_is_an_outage(table: sqlite3.Connection) -> None:
    table.execute("PRAGMA max_page_count = 3")

    assert is_outage(refusal(table, "INSERT INTO t VALUES ('2', '2', hex(zeroblob(9999)), 1)"))


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(1021, "Disk full (/tmp/#sql); waiting for someone to free some space..."),
        OperationalError(1114, "The table 'outbox' is full"),
        OperationalError(2003, "Can't connect to MySQL server on '127.0.0.1'"),
        OperationalError(2013, "Lost connection to MySQL server during query"),
        OperationalError(1040, "Too many connections"),
        OperationalError(1053, "Server shutdown in progress"),
        OperationalError(1290, "The MySQL server is running with the --read-only option"),
        InterfaceError("(0, 'Not connected')"),
        InterfaceError("Cancelled during execution"),
        RuntimeError("unable to perform operation on <TCPTransport closed=True reading=False>; the handler is closed"),
        TimeoutError(),
    ],
)
def test_a_server_that_does_not_answer_is_an_outage(error: Exception) -> None:
    assert is_outage(error)
    assert not is_conflict(error)


@pytest.mark.parametrize(
    "error",
    [KeyError("2013"), RuntimeError("no"), OperationalError(1146, "Table 'bmc.t' doesn't exist"), OSError(2013)],
)
def test_a_fault_of_ours_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)
    assert not is_conflict(error)
