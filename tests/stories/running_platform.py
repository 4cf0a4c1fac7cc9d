"""A platform as a user starts it: `bmc up` in a process of its own, on a folder and a port of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from tests.stack.servers.server import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 90.0
ADMIN_EMAIL = "admin@clinic.example"
ADMIN_PASSWORD = "keeper of the clinic 7"


@dataclass
class RunningPlatform:
    """Start it, stop it, kill it, start it again: the folder stays."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    within: tuple[str, ...] = ()
    """A command that runs the platform in surroundings of its own, and becomes it."""
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> subprocess.Popen[str]:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BMC_")},
            "BMC_PORT": str(self.port),
            "BMC_HOME": str(self.home),
            "BMC_ADMIN_EMAIL": ADMIN_EMAIL,
            "BMC_ADMIN_PASSWORD": ADMIN_PASSWORD,
            **self.settings,
        }
        return subprocess.Popen(
            [*self.within, sys.executable, "-m", "bmc", "up"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> None:
        self.process = self.launch()
        ends = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, f"it ended: {self.process.communicate()[0]}"
            assert time.monotonic() < ends, "it did not become ready"
            try:
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def refusal(self) -> tuple[int, str]:
        """Try to start it where it must refuse; answers its status and all that it said."""
        process = self.launch()
        said, _ = await asyncio.to_thread(process.communicate, timeout=START_SECONDS)
        return process.returncode, said

    def stop(self) -> str:
        """Stop it as Ctrl-C does; answers what it said."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def kill_mongod(self) -> None:
        """End its one child, as the kernel does where memory runs out."""
        assert self.process is not None, "start it first"
        found: set[int] = set()
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(FileNotFoundError):  # A thread may end meanwhile.
                found |= {int(pid) for pid in (task / "children").read_text().split()}
        (child,) = found
        os.kill(child, signal.SIGKILL)

    def _end(self, number: signal.Signals) -> str:
        assert self.process is not None, "start it first"
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=60)
        if number is not signal.SIGKILL:
            assert self.process.returncode == 0, said
        self.process = None
        return said
