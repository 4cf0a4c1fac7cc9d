"""What aiokafka logs, made bearable.

While a broker is away every connection logs each of its attempts, dozens of lines a second. One line of a kind in half
a minute tells as much, with how many were left out.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

_QUIET_SECONDS: Final = 30.0
_LIBRARY: Final = "aiokafka"


class OneOfAKind(logging.Filter):
    """Passes the first warning with a template, and the next one half a minute later."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._passed: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind, now = str(record.msg), self._now()
        if kind in self._passed and now < self._passed[kind] + _QUIET_SECONDS:
            self._held_back[kind] = self._held_back.get(kind, 0) + 1
            return False
        self._passed[kind] = now
        if more := self._held_back.pop(kind, 0):
            record.msg = f"{kind} (and {more} more like it)"
        return True


def quieten() -> None:
    """Filter all of the library's loggers; once is enough."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == _LIBRARY:
            logger = logging.getLogger(name)
            if not any(isinstance(one, OneOfAKind) for one in logger.filters):
                logger.addFilter(OneOfAKind())
