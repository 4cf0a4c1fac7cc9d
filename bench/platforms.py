"""A platform under measurement: the one of the stories, with its start timed and its processes told apart."""

import http.client
import time
from dataclasses import dataclass
from pathlib import Path

from bench.figures import children, cpu_seconds
from tests.stories.running_platform import RunningPlatform

LOOK_SECONDS = 0.02
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """How long a start took until /ready, and the CPU seconds of Python and of mongod until then."""

    seconds: float
    cpu: float
    mongod_cpu: float


class MeasuredPlatform(RunningPlatform):
    """Starts as a user would; looks for /ready often and cheaply."""

    def timed_start(self) -> Start:
        """Start and wait until it is ready."""
        began = time.monotonic()
        self.process = self.launch()
        while not self._is_ready():
            assert self.process.poll() is None, f"it ended: {self.process.communicate()[0]}"
            assert time.monotonic() - began < START_SECONDS, "it did not become ready"
            time.sleep(LOOK_SECONDS)
        return Start(time.monotonic() - began, cpu_seconds(self.pid), cpu_seconds(self.mongod))

    @property
    def pid(self) -> int:
        """The process of `bmc up`."""
        assert self.process is not None, "start it first"
        return self.process.pid

    @property
    def mongod(self) -> int:
        """The process of its mongod."""
        (child,) = [pid for pid in children(self.pid) if "mongod" in Path(f"/proc/{pid}/cmdline").read_text()]
        return child

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
