"""A worker process as its supervisor sees it, and the supervisor as a worker sees it: two pipes."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

_LOG = logging.getLogger("router.workers")


@dataclass(frozen=True, slots=True)
class Lifeline:
    """What ties a worker to its supervisor; `gone` becomes readable when there is none any more."""

    gone: int
    _ready: int

    def tell_ready(self) -> None:
        """Tell that requests are answered from now on."""
        os.write(self._ready, b"!")


@dataclass(eq=False, slots=True)
class Worker:
    """A process that was forked; from `pipe` comes a byte when it is ready, and the end if it dies before."""

    pid: int
    pipe: int
    started: float
    is_ready: bool = False

    def hears_ready(self) -> bool:
        """Read the pipe once, and let go of it."""
        self.is_ready = bool(os.read(self.pipe, 1))
        os.close(self.pipe)
        return self.is_ready

    def tell(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Nursery:
    """Forks workers that end when this process does."""

    def __init__(self) -> None:
        self._gone, self._alive = os.pipe()

    def fork(self, run: Callable[[Lifeline], int]) -> Worker:
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            os.close(self._alive)
            _run_and_exit(run, Lifeline(self._gone, writing))
        os.close(writing)
        return Worker(pid, reading, time.monotonic())

    def close(self) -> None:
        os.close(self._gone)
        os.close(self._alive)


def _run_and_exit(run: Callable[[Lifeline], int], lifeline: Lifeline) -> NoReturn:
    """Run as a worker, and never return: what is above us on the stack is the supervisor's."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Ctrl-C and hang-ups reach the whole group of processes; the supervisor decides what they mean.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        status = run(lifeline)
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else 1
    except BaseException:  # noqa: BLE001  Nothing may climb up into the supervisor's stack.
        _LOG.exception("worker crashed")
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
