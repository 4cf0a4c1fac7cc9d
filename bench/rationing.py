"""Shares of a processor for processes, by Linux's control groups (version 1 or 2), where one may make them.

On a machine with few cores everything together is bounded by those, so that a second process of a part shows nothing.
With a small share for each process, the share is what bounds, as the core is on a large machine.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD = 20_000
"""Microseconds; short, so that a process which has used its share up waits a moment and not a blink."""


class CannotRation(Exception):
    """There are no control groups to be made here; the message says why."""


@contextmanager
def rationed(pids: Iterable[int], share: float) -> Iterator[None]:
    """Let each process have no more than `share` of a processor; raises CannotRation."""
    first = (ROOT / "cpu").is_dir()
    parent = ROOT / "cpu" if first else ROOT
    groups: dict[int, Path] = {}
    quota = round(share * PERIOD)
    try:
        try:
            for pid in pids:
                group = groups[pid] = parent / f"bmc-bench-{os.getpid()}-{pid}"
                group.mkdir()
                if first:
                    (group / "cpu.cfs_period_us").write_text(str(PERIOD))
                    (group / "cpu.cfs_quota_us").write_text(str(quota))
                else:
                    (group / "cpu.max").write_text(f"{quota} {PERIOD}")
                (group / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            raise CannotRation(str(error)) from error
        yield
    finally:
        for pid, group in groups.items():
            if group.is_dir():
                (parent / "cgroup.procs").write_text(str(pid))
                group.rmdir()
