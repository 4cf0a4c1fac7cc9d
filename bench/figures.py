"""What all benchmarks share: rows of figures against a goal, printed and kept with machine, versions and date."""

import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `goal` reads like `>= 0.5`; without one the figure only explains another."""

    what: str
    value: float
    unit: str
    goal: str = ""

    @property
    def holds(self) -> bool | None:
        """Tell whether the goal is reached; None without a goal."""
        if not self.goal:
            return None
        relation, bound = self.goal.split()
        limit = float(bound)
        return {"<=": self.value <= limit, ">=": self.value >= limit, "<": self.value < limit}.get(
            relation, self.value == limit
        )


def report(name: str, rows: Sequence[Row], **more: object) -> None:
    """Print the rows and keep them as bench/results/<date>-<name>.json; `more` says what was run against what."""
    now = datetime.now(UTC)
    taken_on = machine()
    about = {"name": name, "at": now.isoformat(timespec="seconds"), "machine": taken_on, **more}
    print(f"{name}, {about['at']}")
    for key, value in [*taken_on.items(), *more.items()]:
        print(f"  {key}: {value}")
    width = max(len(row.what) for row in rows)
    verdicts = {None: "", True: "reached", False: "MISSED"}
    for row in rows:
        goal = f"goal {row.goal} {row.unit}: {verdicts[row.holds]}" if row.goal else ""
        print(f"  {row.what:<{width}}  {row.value:>10,.2f} {row.unit:<12} {goal}".rstrip())
    RESULTS.mkdir(exist_ok=True)
    kept = {**about, "rows": [{**asdict(row), "holds": row.holds} for row in rows]}
    (RESULTS / f"{now.date()}-{name}.json").write_text(json.dumps(kept, indent=1) + "\n")


def machine() -> dict[str, object]:
    """Say what the figures were taken on, how busy it was, and what its host gave to others meanwhile."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return {
        "processor": f"{os.cpu_count()} x {model}",
        "system": platform.platform(terse=True),
        "python": f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()})",
        "python built with --enable-optimizations": "--enable-optimizations" in _configured(),
        "revision": _revision(),
        "load": round(os.getloadavg()[0], 1),
        "stolen": f"{_stolen():.0%} of the processors' time",
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Answer the smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """Answer the median."""
    return statistics.median(values)


def cpu_seconds(pid: int) -> float:
    """Answer the CPU seconds that a process has used so far, all its threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> float:
    """Answer a process's proportional share of memory, in MiB."""
    kib = next(line.split()[1] for line in _lines(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:"))
    return int(kib) / 1024


def children(pid: int) -> list[int]:
    """Answer the direct children of a process."""
    while True:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        try:
            return [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except FileNotFoundError:  # A thread has ended; its children are now another thread's, so all are asked again.
            continue


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _stolen() -> float:
    """Answer the share of time, since this module was imported, in which the host ran others on our processors."""
    passed = [now - then for now, then in zip(_ticks(), _AT_FIRST, strict=True)]
    return passed[7] / max(1, sum(passed))


def _ticks() -> list[int]:
    return [int(part) for part in _lines("/proc/stat")[0].split()[1:9]] if _lines("/proc/stat") else [0] * 8


_AT_FIRST = _ticks()


def _configured() -> str:
    import sysconfig

    return str(sysconfig.get_config_var("CONFIG_ARGS") or "")


def _revision() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
