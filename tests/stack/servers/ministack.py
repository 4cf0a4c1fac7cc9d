"""ministack, an AWS in one process (S3, SES, CloudFormation and more), behind a gate that is as strict as S3 is.

It comes from PyPI with the development dependencies, so there is nothing to install. `ministack_gate` says what the
gate adds. Objects of S3 and mails of SES survive a SIGKILL; the settings of buckets and everything else do not.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.stack.servers.process import ServerProcess
from tests.stack.servers.server import INSTALLED, ROOT, CannotInstall, free_port

HOME = INSTALLED / "ministack"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What clients sign with: the gate and the server know no others."""


class Ministack(ServerProcess):
    """One server; its data go with this object."""

    def __init__(self) -> None:
        self._port = free_port()
        HOME.mkdir(parents=True, exist_ok=True)
        self._data = TemporaryDirectory(prefix="data-", dir=HOME)
        super().__init__(Path(self._data.name) / "server.log")

    @property
    def url(self) -> str:
        """The endpoint of every service (AWS_URL)."""
        return f"http://127.0.0.1:{self._port}"

    def install(self) -> None:
        if find_spec("ministack") is None:
            raise CannotInstall("ministack is not installed; it is one of the development dependencies")

    def start(self) -> None:
        """Start it and return when it answers."""
        gate = [sys.executable, "-m", "tests.stack.servers.ministack_gate", str(self._port)]
        self._launch(gate, self._answers, environment=self._environment(), folder=ROOT)

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
