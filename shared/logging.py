"""Structured logs: one JSON line a record; never a name, a token or a diagnosis.

A record says under which correlation id and trace it was written, and, where that is so, of which event, consumer or
job (`shared.telemetry_trail`); the router's records use the same names. Of an exception a line holds the classes and
the stack, and the messages only of our own errors and of the system's: drivers and validators quote what they refused.
"""

import logging
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from traceback import format_tb
from typing import Any

import orjson

from shared.errors import BmcError
from shared.telemetry_trail import current

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
SYSTEM = {"builtins", "socket"}
"""Where the system's own errors are; an SMTPRecipientsRefused is an OSError too, and names the recipient."""
DEEPEST = 10
"""So many causes of causes are written."""
SAID_AGAIN_SECONDS = 60.0


class JsonLines(logging.Formatter):
    """Writes a record, its trail and its `extra` as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # From the second line on, asyncio shows the task that failed, with the error's message.
            "message": message.partition("\n")[0] if record.name == "asyncio" else message,
        }
        line |= current().log_fields
        line |= {key: value for key, value in record.__dict__.items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = "".join(_told(record.exc_info[1], DEEPEST))
        return orjson.dumps(line, default=str).decode()


class LogFile(RotatingFileHandler):
    """A file of records. Where it cannot be written, as on a full disk, that is said in one line, now and then."""

    _said_at = -SAID_AGAIN_SECONDS

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the name is logging's)
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif time.monotonic() >= self._said_at + SAID_AGAIN_SECONDS:
            self._said_at = time.monotonic()
            sys.stderr.write(f"the log cannot be written: {error.strerror}\n")


def write_logs(level: str = "INFO") -> None:
    """Send every record to standard error as JSON lines; called once, by the process that runs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _told(error: BaseException, depth: int) -> Iterator[str]:
    """Write an exception below what caused it, as Python does, but without foreign messages."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        yield from _told(cause, depth - 1)
        yield "\nwhich led to\n\n"
    yield from format_tb(error.__traceback__)
    kind = type(error)
    ours = isinstance(error, BmcError) or (isinstance(error, OSError) and kind.__module__ in SYSTEM)
    told = f": {error}" if ours else ""
    yield f"{kind.__module__}.{kind.__qualname__}{told}\n"
    if isinstance(error, BaseExceptionGroup) and depth:
        for number, one in enumerate(error.exceptions, 1):
            yield f"\n{number} of {len(error.exceptions)}\n\n"
            yield from _told(one, depth - 1)
