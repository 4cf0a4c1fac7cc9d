"""Who consumes for a group: one process at a time, by a lock of the operating system.

The embedded log is a file on one machine, where a file lock needs no lease and no clock: the kernel gives it up in the
moment its holder dies, and a holder that is only slow keeps it. Others stand by and try again.
"""

import fcntl
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path


class Seats:
    """The seats of one log: files in a folder beside it, or names in this object for a log in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._taken: dict[str, int] = {}

    def take(self, group: str, topics: Sequence[str]) -> str | None:
        """Take the seat for these topics of a group; answers the key to `leave` with, None while another has it."""
        key = hashlib.sha256("\0".join([group, *sorted(topics)]).encode()).hexdigest()[:24]
        if key in self._taken:
            return None
        if self._folder is None:
            self._taken[key] = -1
            return key
        self._folder.mkdir(exist_ok=True)
        descriptor = os.open(self._folder / key, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        self._taken[key] = descriptor
        return key

    def leave(self, key: str) -> None:
        """Give a seat up."""
        descriptor = self._taken.pop(key)
        if descriptor >= 0:
            os.close(descriptor)
