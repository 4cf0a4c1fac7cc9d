"""The file behind the embedded bus: events, each group's offsets, and dead letters in one SQLite database.

Every method is synchronous and one transaction; `LogBus` runs them one after another on a thread of its own, so that
a task that is cancelled half way leaves no transaction open. (An asynchronous driver would hop to its thread and back
for BEGIN, each statement and COMMIT, and could be left between them.)

Positions are SQLite's row numbers. Writers of one file follow one another, so a position is never visible before a
smaller one: a reader may go by "everything after what I have seen".
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared.events.bus import DeadLetter
from shared.events.envelope import Event, from_json, to_json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS log_topic ON log (topic, position);
CREATE INDEX IF NOT EXISTS log_at ON log (at);
CREATE TABLE IF NOT EXISTS offsets (
    consumers TEXT NOT NULL, topic TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (consumers, topic)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (
    id TEXT PRIMARY KEY, consumers TEXT NOT NULL, at TEXT NOT NULL, error TEXT NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the log."""

    position: int
    event: Event


class LogFile:
    """The database at `path`, or in memory without one."""

    def __init__(self, path: Path | None) -> None:
        # Transactions are begun by hand. The connection is used on one thread, though not on the one that makes it.
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        # A published event survives a power cut; several processes may have the file open.
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)

    def append(self, events: Sequence[Event], at: datetime) -> None:
        """Add events at the end, all or none."""
        rows = [(event.topic, at.timestamp(), to_json(event)) for event in events]
        with self._transaction() as connection:
            connection.executemany("INSERT INTO log (topic, at, body) VALUES (?, ?, ?)", rows)

    def end(self) -> int:
        """Answer the last position given, 0 for a log that never held anything."""
        row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        return int(row[0]) if row is not None else 0

    def read(self, topics: Sequence[str], after: int, limit: int) -> list[Entry]:
        """Answer the next events of some topics, in order."""
        rows = self._connection.execute(
            f"SELECT position, body FROM log WHERE position > ? AND topic IN ({_marks(topics)})"  # noqa: S608 (marks only)
            " ORDER BY position LIMIT ?",
            (after, *topics, limit),
        )
        return [Entry(position, from_json(body)) for position, body in rows]

    def join(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        """Make the group known and answer how far it has acknowledged each topic; 0 is the beginning."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO offsets (consumers, topic, position) VALUES (?, ?, 0)",
                [(group, topic) for topic in topics],
            )
            rows = connection.execute("SELECT topic, position FROM offsets WHERE consumers = ?", (group,)).fetchall()
        return {topic: position for topic, position in rows if topic in topics}

    def acknowledge(self, group: str, topics: Sequence[str], position: int) -> None:
        """Move the group's offsets forward; never back."""
        with self._transaction() as connection:
            connection.executemany(
                "UPDATE offsets SET position = ? WHERE consumers = ? AND topic = ? AND position < ?",
                [(position, group, topic, position) for topic in topics],
            )

    def prune(self, before: datetime) -> int:
        """Delete events from before an instant that every group of their topic has acknowledged; answers how many."""
        with self._transaction() as connection:
            return connection.execute(
                "DELETE FROM log WHERE at < ? AND NOT EXISTS ("
                "SELECT 1 FROM offsets WHERE offsets.topic = log.topic AND offsets.position < log.position)",
                (before.timestamp(),),
            ).rowcount

    def keep_letter(self, letter: DeadLetter) -> None:
        """Keep a dead letter, unless it is kept already."""
        row = (letter.id, letter.group, letter.at.isoformat(), letter.error, to_json(letter.event))
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO letters VALUES (?, ?, ?, ?, ?)", row)

    def letters(self, group: str | None) -> list[DeadLetter]:
        """List dead letters, oldest first."""
        rows = self._connection.execute(
            "SELECT id, consumers, at, error, body FROM letters WHERE ?1 IS NULL OR consumers = ?1 ORDER BY at, id",
            (group,),
        )
        return [
            DeadLetter(id=id_, group=consumers, event=from_json(body), error=error, at=datetime.fromisoformat(at))
            for id_, consumers, at, error, body in rows
        ]

    def discard_letter(self, letter_id: str) -> None:
        """Forget a dead letter."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM letters WHERE id = ?", (letter_id,))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            # A failed COMMIT (a full disk) may or may not have ended the transaction.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
