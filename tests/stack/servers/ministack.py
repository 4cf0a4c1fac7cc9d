"""ministack, an AWS in one process (S3, SES, CloudFormation and more), behind a gate that is as strict as S3 is.

It comes from PyPI with the development dependencies, so there is nothing to install. `ministack_gate` says what the
gate adds. Objects of S3 and mails of SES survive a SIGKILL; the settings of buckets and everything else do not.
"""

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.stack.servers.server import INSTALLED, ROOT, CannotInstall, free_port

HOME = INSTALLED / "ministack"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What clients sign with: the gate and the server know no others."""
START_SECONDS = 240.0
STOP_SECONDS = 30.0


class Ministack:
    """One server; its data go with this object."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        HOME.mkdir(parents=True, exist_ok=True)
        self._data = TemporaryDirectory(prefix="data-", dir=HOME)

    @property
    def url(self) -> str:
        """The endpoint of every service (AWS_URL)."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return Path(self._data.name) / "server.log"

    def install(self) -> None:
        if find_spec("ministack") is None:
            raise CannotInstall("ministack is not installed; it is one of the development dependencies")

    def start(self) -> None:
        """Start it and return when it answers."""
        assert self._process is None, "it runs"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.stack.servers.ministack_gate", str(self._port)],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                self._process = None
                raise RuntimeError(f"ministack ended; {self.log} says why")
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"ministack did not answer within {START_SECONDS:.0f} s; see {self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/_ministack/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        data = Path(self._data.name)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **CREDENTIALS,
            "GATEWAY_PORT": str(self._port),
            "BIND_HOST": "127.0.0.1",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(data / "s3"),
            "GATE_MAILS": str(data / "mails.jsonl"),
            "TMPDIR": str(data),
            # These would listen on every interface.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # No containers: only what is in this process.
            "DOCKER_HOST": f"unix://{data / 'no-docker'}",
        }
