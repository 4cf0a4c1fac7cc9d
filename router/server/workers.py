"""The supervisor of several worker processes on one port: it keeps them alive and replaces them, and serves nothing.

NOTE: Every place has a listener of its own on the same port (SO_REUSEPORT), which the supervisor opens before it forks
and keeps open. The kernel spreads connections over the listeners; those that wait in one whose worker has ended wait
for the next worker, and none is refused. To replace a worker without losing a request, its successor is started on the
same listener, and when that is ready the old one is told to end, which it does as any server here (see serving.py).

SIGTERM and SIGINT end all gracefully, a second one at once. SIGHUP replaces all, one after another, so that settings
and supergraph are read anew; so does a change that `changed` sees. A successor that does not get ready changes nothing.
A worker that dies is replaced, at once the first time, then after growing pauses. If even the first does not start, all
is given up.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from router.server.worker_process import Lifeline, Nursery, Worker

_LOG = logging.getLogger("router.workers")
_LIVED_WELL = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_TICK = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

# Serves on a listener until told to end; answers the process's exit status.
Work: TypeAlias = Callable[[socket.socket, Lifeline], int]


@dataclass(eq=False, slots=True)
class _Place:
    """A listener and who works on it; `successor` is not ready yet."""

    listener: socket.socket
    worker: Worker | None = None
    successor: Worker | None = None
    deaths: int = 0
    start_at: float = 0.0


@dataclass(eq=False, slots=True)
class Supervisor:
    """Keeps a worker on each listener; one that was told to end has `patience` seconds for it."""

    listeners: Sequence[socket.socket]
    work: Work
    changed: Callable[[], bool]
    on_death: Callable[[int], None]
    patience: float
    _places: list[_Place] = field(init=False, default_factory=list)
    _to_replace: list[_Place] = field(init=False, default_factory=list)
    _leaving: dict[int, tuple[Worker, float]] = field(init=False, default_factory=dict)
    _nursery: Nursery = field(init=False, default_factory=Nursery)
    _selector: selectors.BaseSelector = field(init=False, default_factory=selectors.DefaultSelector)
    _ending: bool = field(init=False, default=False)
    _ever_ready: bool = field(init=False, default=False)

    def run(self) -> int:
        """Supervise until told to end; answers the exit status: 1 if nobody ever got ready, else 0."""
        self._places = [_Place(listener) for listener in self.listeners]
        with self._woken_by_signals() as wakeup:
            while not self._ending or self._leaving:
                self._start_missing()
                self._replace_next()
                self._kill_overdue()
                for key, _ in self._selector.select(_TICK):
                    if key.data is None:
                        self._take_signals(wakeup.recv(1024))
                    else:
                        self._hear(key.data)
                self._reap()
                if not self._ending and self._ever_ready and self.changed():
                    self._replace_all()
        self._nursery.close()
        return 0 if self._ever_ready else 1

    @contextmanager
    def _woken_by_signals(self) -> Iterator[socket.socket]:
        """Have signals wake the selector; handlers do nothing themselves."""
        wakeup, writer = socket.socketpair()
        wakeup.setblocking(False)
        writer.setblocking(False)
        before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._selector.register(wakeup, selectors.EVENT_READ)
        try:
            yield wakeup
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._selector.close()
            wakeup.close()
            writer.close()

    def _take_signals(self, numbers: bytes) -> None:
        for number in numbers:
            if number in {signal.SIGTERM, signal.SIGINT}:
                self._end()
            elif number == signal.SIGHUP and not self._ending:
                self._replace_all()

    def _end(self) -> None:
        """Tell all to end. Our own listeners go first, or connections would queue where nobody takes them."""
        if self._ending:
            for worker, _ in self._leaving.values():
                worker.tell(signal.SIGKILL)
            return
        self._ending = True
        for place in self._places:
            place.listener.close()
            self._dismiss(place.worker)
            self._dismiss(place.successor)
        self._places.clear()

    def _dismiss(self, worker: Worker | None) -> None:
        if worker is not None:
            self._leaving[worker.pid] = (worker, time.monotonic() + self.patience)
            worker.tell(signal.SIGTERM)

    def _kill_overdue(self) -> None:
        for worker, until in self._leaving.values():
            if time.monotonic() > until:
                _LOG.warning("worker killed", extra={"worker": worker.pid})
                worker.tell(signal.SIGKILL)

    def _start_missing(self) -> None:
        """Start workers where there are none: the first alone, so that a wrong setting is told once."""
        for place in self._places:
            if not self._ever_ready and any(other.worker is not None for other in self._places):
                return
            if place.worker is None and place.successor is None and time.monotonic() >= place.start_at:
                place.worker = self._fork(place)

    def _replace_all(self) -> None:
        _LOG.info("replacing workers")
        self._to_replace = list(self._places)

    def _replace_next(self) -> None:
        if self._to_replace and not any(place.successor for place in self._places):
            place = self._to_replace.pop(0)
            if place.worker is not None:
                place.successor = self._fork(place)

    def _fork(self, place: _Place) -> Worker:
        worker = self._nursery.fork(partial(self._work_on, place.listener))
        self._selector.register(worker.pipe, selectors.EVENT_READ, worker)
        return worker

    def _work_on(self, listener: socket.socket, lifeline: Lifeline) -> int:
        self._selector.close()
        for other in self.listeners:
            if other is not listener:
                other.close()
        return self.work(listener, lifeline)

    def _hear(self, worker: Worker) -> None:
        self._selector.unregister(worker.pipe)
        if not worker.hears_ready():
            return  # It has died, and is reaped in a moment.
        self._ever_ready = True
        _LOG.info("worker ready", extra={"worker": worker.pid})
        for place in self._places:
            if place.successor is worker:
                self._dismiss(place.worker)
                place.worker, place.successor = worker, None

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self.on_death(pid)
                if self._leaving.pop(pid, None) is None:
                    self._died(pid, os.waitstatus_to_exitcode(status))

    def _died(self, pid: int, status: int) -> None:
        _LOG.error("worker died", extra={"worker": pid, "status": status})
        for place in self._places:
            if place.successor is not None and place.successor.pid == pid:
                place.successor = None
                self._to_replace.clear()
            elif place.worker is not None and place.worker.pid == pid:
                lived_well = time.monotonic() - place.worker.started > _LIVED_WELL
                place.deaths = 0 if lived_well else place.deaths + 1
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (place.deaths - 2)) if place.deaths > 1 else 0.0
                place.worker, place.start_at = None, time.monotonic() + pause
        if not self._ever_ready:
            self._end()
