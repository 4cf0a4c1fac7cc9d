"""The embedded mailer: keeps mail in one SQLite file, to be read in the browser (`shared.mail.mailbox_app`).

Each call opens the file anew: nothing is held open between calls, several processes may share it, and mail is rare
enough that the fraction of a millisecond does not show. A mail and its attachments are one transaction.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from shared.clock import Clock
from shared.mail.mailer import Attachment, Mail, MailFailed
from shared.mail.mime import check

WAIT_SECONDS: Final = 10.0
NEWEST: Final = 1_000
"""A listing answers at most so many mails."""

SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS mails (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at TEXT NOT NULL,
  recipient TEXT NOT NULL COLLATE NOCASE,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_by_recipient ON mails (recipient, place);
CREATE TABLE IF NOT EXISTS attachments (
  mail INTEGER NOT NULL REFERENCES mails (place),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (mail, position)
);
"""


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as the mailbox lists it: of attachments the names and types, in order."""

    id: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[tuple[str, str], ...]


class Mailbox:
    """Keeps every mail that is sent."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            connection.executescript(SCHEMA)

    async def send(self, mail: Mail) -> None:
        check(mail)
        try:
            await asyncio.to_thread(self._keep, mail)
        except sqlite3.Error as error:
            raise MailFailed("The mailbox cannot be written now.", permanent=False) from error

    async def messages(self, to: str | None = None) -> list[KeptMail]:
        """Answer what was sent, newest first; to one address, whatever its case."""
        return await asyncio.to_thread(self._list, "? IS NULL OR recipient = ?", (to, to))

    async def message(self, mail_id: str) -> KeptMail | None:
        """Answer one mail."""
        found = await asyncio.to_thread(self._list, "id = ?", (mail_id,))
        return found[0] if found else None

    async def attachment(self, mail_id: str, position: int) -> Attachment | None:
        """Answer one attachment of a mail, counted from 0."""
        return await asyncio.to_thread(self._attachment, mail_id, position)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=WAIT_SECONDS)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    def _keep(self, mail: Mail) -> None:
        row = (mail.id, self._clock.now().isoformat(), mail.to, mail.subject, mail.text, mail.html)
        with self._connection() as connection:
            cursor = connection.execute(
                "INSERT INTO mails (id, at, recipient, subject, text, html) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO NOTHING",
                row,
            )
            if cursor.rowcount == 0:
                return
            connection.executemany(
                "INSERT INTO attachments (mail, position, name, content_type, data) VALUES (?, ?, ?, ?, ?)",
                [
                    (cursor.lastrowid, position, attachment.name, attachment.content_type, attachment.data)
                    for position, attachment in enumerate(mail.attachments)
                ],
            )

    def _list(self, condition: str, values: tuple[str | None, ...]) -> list[KeptMail]:
        with self._connection() as connection:
            mails = connection.execute(
                "SELECT place, id, at, recipient, subject, text, html FROM mails"  # noqa: S608 - Conditions are ours.
                f" WHERE {condition} ORDER BY place DESC LIMIT {NEWEST}",
                values,
            ).fetchall()
            return [
                KeptMail(mail_id, datetime.fromisoformat(at), to, subject, text, html, _named(connection, place))
                for place, mail_id, at, to, subject, text, html in mails
            ]

    def _attachment(self, mail_id: str, position: int) -> Attachment | None:
        with self._connection() as connection:
            row = connection.execute(
                "SELECT name, content_type, data FROM attachments JOIN mails ON mail = place"
                " WHERE id = ? AND position = ?",
                (mail_id, position),
            ).fetchone()
        return Attachment(*row) if row is not None else None


def _named(connection: sqlite3.Connection, place: int) -> tuple[tuple[str, str], ...]:
    return tuple(
        connection.execute("SELECT name, content_type FROM attachments WHERE mail = ? ORDER BY position", (place,))
    )
