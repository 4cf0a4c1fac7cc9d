"""What is alike of all real servers: a process that is started, stopped as an operator would, killed, made to hang."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 240.0
STOP_SECONDS = 60.0


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a process; raises TimeoutExpired if it had to be killed."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


class ServerProcess:
    """A server that is one process; `log` is where it writes what it does."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def _launch(
        self,
        command: Sequence[str],
        answers: Callable[[], bool],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start it, what it says going to the log, and return when it answers."""
        assert self._process is None, "it runs"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not answers():
            if self._process.poll() is not None:
                self._process = None
                raise RuntimeError(f"{self._title} ended; {self.log} says why")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._title} did not answer within {START_SECONDS:.0f} s; see {self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; raises TimeoutExpired if it had to be killed."""
        process, self._process = self._process, None
        if process is not None:
            end(process)

    def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def pause(self) -> None:
        """Have it hang: its port takes connections and nothing answers."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._running.send_signal(signal.SIGCONT)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "it does not run"
        return self._process

    @property
    def _title(self) -> str:
        return type(self).__name__
