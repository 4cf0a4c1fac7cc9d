"""Apache Kafka 4 from Maven Central: one node that is broker and controller (KRaft), in the project's own folder.

Maven resolves what kafka.pom.xml names into a repository of our own and copies the jars; it needs Java 17 or newer.
The server ends with the process that started it, even after `kill -9`: Linux sends it SIGTERM when the thread that
called `start` ends, so that must be a thread that lives as long as the server shall.
"""

import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stack.cuts import Way, way_between
from tests.stack.servers.process import ServerProcess
from tests.stack.servers.server import INSTALL_SECONDS, INSTALLED, CannotInstall, free_port

HOME = INSTALLED / "kafka"
POM = Path(__file__).with_name("kafka.pom.xml")
_JAVA = 17
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"

# Small, and quick to start: its life is short. The compiler that optimises most costs more than it gains here.
_JVM = ("-Xms64m", "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_LOGGING = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},WAY://127.0.0.1:{end_of_way},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},WAY://127.0.0.1:{way}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,WAY:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# Killed and started again, a broker waits for its former self's session to end.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""

# Runs before java in the same process, as it does for the embedded mongod.
_END_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit(0)
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Kafka(ServerProcess):
    """One server; `data` is kept if it is given, else it goes with this object."""

    def __init__(self, data: Path | None = None) -> None:
        self._port, self._controller = free_port(), free_port()
        self._way, self._end_of_way = free_port(), free_port()
        HOME.mkdir(parents=True, exist_ok=True)
        self._own = TemporaryDirectory(prefix="data-", dir=HOME) if data is None else None
        self._data = Path(self._own.name) if self._own is not None else (data or HOME)
        super().__init__(self._data / "server.log")

    @property
    def url(self) -> str:
        """Where the server is; tests name topics and groups of their own on it."""
        return f"kafka://127.0.0.1:{self._port}"

    @contextlib.contextmanager
    def way(self) -> Iterator[tuple[Way, str]]:
        """Lead to it by a way that can be cut: whoever comes by it is told to come by it again."""
        with way_between(self._way, self._end_of_way) as way:
            yield way, f"kafka://127.0.0.1:{self._way}"

    def install(self) -> None:
        if _jars().is_dir():
            return
        if shutil.which("mvn") is None:
            raise CannotInstall("there is no mvn, so no Kafka from Maven Central")
        if (version := _java_version()) < _JAVA:
            raise CannotInstall(f"Kafka needs Java {_JAVA} or newer, and there is {version or 'none'}")
        HOME.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="packages-", dir=HOME) as folder:
            fetched = Path(folder) / "jars"
            _run(
                *("mvn", "--quiet", "--batch-mode", f"--file={POM}", f"-Dmaven.repo.local={folder}/repository"),
                *(_COPY, f"-DoutputDirectory={fetched}"),
            )
            # In one step, so that an interrupted installation is begun anew.
            fetched.rename(_jars())

    def start(self) -> None:
        """Start it, on a first start with its storage formatted, and return when it answers."""
        properties = self._data / "server.properties"
        if not properties.exists():
            self._format(properties)
        command = [sys.executable, "-c", _END_WITH_PARENT, str(os.getpid())]
        self._launch([*command, *_java("kafka.Kafka"), str(properties)], self._answers)

    def _format(self, properties: Path) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        draft = properties.with_suffix(".draft")
        ports = {"port": self._port, "controller": self._controller, "way": self._way, "end_of_way": self._end_of_way}
        draft.write_text(_PROPERTIES.format(**ports, logs=self._data / "log"))
        _run(
            *_java("kafka.tools.StorageTool"),
            *("format", "--ignore-formatted", "-t", "bookmyconsultation-tst"),
            "-c",
            str(draft),
        )
        draft.rename(properties)

    def _answers(self) -> bool:
        """Ask which requests it knows (ApiVersions, version 0): its port is open long before it answers that."""
        request = struct.pack(">hhih", 18, 0, 1, -1)
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(struct.pack(">i", len(request)) + request)
                return bool(connection.recv(1))
        except OSError:
            return False


def _java(main: str) -> list[str]:
    return ["java", *_JVM, _LOGGING, "-cp", f"{_jars()}/*", main]


def _java_version() -> int:
    """Answer the major version of the machine's Java, 0 if there is none."""
    if shutil.which("java") is None:
        return 0
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{command[0]} did not end within {INSTALL_SECONDS:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it did not say why"]
        raise CannotInstall(f"{command[0]} failed: {said[0]}")


def _jars() -> Path:
    return HOME / "jars"
