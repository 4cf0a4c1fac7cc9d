"""The distributed system without containers: what docker-compose.yml says, as processes of this machine.

Commands, environment and order are the file's own. A service's address in it (`mysql:3306`) becomes a port of loopback;
the servers are real ones of the same kind (tests/stack/servers); processes that the file says to restart are restarted.
"""

import contextlib
import dataclasses
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pymysql

from bmc.catalogue import NAMES
from tests.stack.compose import Service, read_compose
from tests.stack.servers import mariadb, ministack
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.mariadb import MariaDb
from tests.stack.servers.ministack import Ministack
from tests.stack.servers.mongod import Mongod
from tests.stack.servers.process import end
from tests.stack.servers.server import ROOT, Server, free_port

START_SECONDS = 300.0
RESTARTED_AFTER = 0.5
SERVER_PORTS = {"mysql": 3306, "mongo": 27017, "kafka": 9092, "ministack": 4566}
"""Where the file's servers listen, by the names that it gives them."""
SUBGRAPH_PORTS = {name: 4001 + place for place, name in enumerate(NAMES)}
"""Where the supergraph says that subgraphs listen."""


@dataclass
class NativeStack:
    """The stack over a folder for data and logs; `settings` are added to every process of ours."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    servers: dict[str, Server] = field(init=False)
    services: dict[str, Service] = field(init=False)

    def __post_init__(self) -> None:
        self.servers = {
            "mysql": MariaDb(self._place("mysql")),
            "mongo": Mongod(self._place("mongo")),
            "kafka": Kafka(self._place("kafka")),
            "ministack": Ministack(),
        }
        variables = {
            "BMC_SECRET_KEY": secrets.token_hex(32),
            "MYSQL_USER": mariadb.USER,
            "MYSQL_PASSWORD": mariadb.PASSWORD,
            "MYSQL_ROOT_PASSWORD": secrets.token_hex(16),
            **ministack.CREDENTIALS,
            "FILES_URL": self.servers["ministack"].url,
            **self.settings,
        }
        self.services = {one.name: one for one in read_compose(ROOT / "docker-compose.yml", variables)}
        self._ports = {name: free_port() for name, service in self.services.items() if service.is_ours}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._held: set[str] = set()
        self._detours: dict[str, Mapping[str, str]] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._restart_what_ends, daemon=True)

    @property
    def url(self) -> str:
        """Where clients reach the router."""
        return f"http://127.0.0.1:{self._ports['router']}"

    @property
    def mail_url(self) -> str:
        """Where the stand-in for SES shows what it has sent."""
        return self.servers["ministack"].url

    @property
    def parts(self) -> list[str]:
        """The names of our running parts: the router, subgraphs and workers."""
        return [name for name, service in self.services.items() if service.is_ours and service.restarts]

    @property
    def pids(self) -> list[int]:
        """The numbers of our running processes, twins included."""
        return [process.pid for process in self._processes.values()]

    def probe(self, part: str, path: str = "/ready") -> httpx.Response:
        """Ask a part's probe."""
        return httpx.get(f"http://127.0.0.1:{self._ports[part]}{path}", timeout=10)

    def start(self) -> None:
        """Install and start the servers, then our services, each when those that it waits for are far enough."""
        try:
            for server in self.servers.values():
                server.install()
            for server in self.servers.values():
                server.start()
            self._make_database()
            self._start_ours()
        except BaseException:
            self.stop()
            raise

    def _start_ours(self) -> None:
        for name, service in self.services.items():
            if not service.is_ours:
                continue
            for other, condition in service.waits_for.items():
                self._wait(other, condition)
            self._launch(name)
        for name in self.parts:
            self._wait(name, "service_healthy")
        self._watcher.start()

    def stop(self) -> None:
        """Stop everything, our parts first."""
        self._stopping.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            self._end(process)
        self._processes.clear()
        for server in self.servers.values():
            server.stop()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            end(process)

    def kill(self, part: str) -> None:
        """End a part as a power cut would; it is restarted if the file says so, unless it is held."""
        with self._lock:
            process = self._processes[part]
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def held_down(self, part: str) -> Iterator[None]:
        """Kill a part and keep it from being restarted meanwhile."""
        self._held.add(part)
        self.kill(part)
        try:
            yield
        finally:
            self._held.discard(part)
            self._wait(part, "service_healthy")

    @contextlib.contextmanager
    def hanging(self, *parts: str) -> Iterator[None]:
        """Have parts hang: their ports take connections and nothing answers. Then they go on, as after a long sleep."""
        processes = [self._processes[part] for part in parts]
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def led_round(self, part: str, settings: Mapping[str, str]) -> Iterator[None]:
        """Restart a part with settings that lead it elsewhere, and without them afterwards."""
        self._detours[part] = settings
        self._restart(part)
        try:
            yield
        finally:
            del self._detours[part]
            self._restart(part)

    def setting(self, part: str, name: str) -> str:
        """Answer what a part is told by a variable."""
        return self._environment(part)[name]

    @contextlib.contextmanager
    def twin(self, part: str, settings: Mapping[str, str] | None = None) -> Iterator[str]:
        """Run a second process of a part, at an address of its own, which it yields; nobody restarts it."""
        name = f"{part}-twin"
        self._ports[name] = free_port()
        self.services[name] = dataclasses.replace(self.services[part], name=name, restarts=False)
        self._launch(name, settings)
        try:
            self._wait(name, "service_healthy")
            yield f"http://127.0.0.1:{self._ports[name]}"
        finally:
            self._end(self._processes.pop(name))
            del self.services[name]

    def is_ready(self, part: str) -> bool:
        """Tell whether a part runs and says that it can do its work."""
        try:
            return self.probe(part).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def said(self, part: str) -> str:
        """What a part has logged."""
        return self._log(part).read_text(errors="replace")

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `bmc` beside the stack, with the settings of its security worker."""
        return subprocess.run(
            [sys.executable, "-m", "bmc", *arguments],
            cwd=ROOT,
            env=self._environment("worker-security"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _restart(self, part: str) -> None:
        self.kill(part)
        with self._lock:
            if self._processes[part].poll() is not None:
                self._launch(part)
        self._wait(part, "service_healthy")

    def _launch(self, name: str, settings: Mapping[str, str] | None = None) -> None:
        with self._log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "bmc", *self.services[name].command],
                cwd=ROOT,
                env={**self._environment(name), **self._detours.get(name, {}), **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _environment(self, name: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("BMC_", "AWS_"))}
        theirs = {key: self._here(value) for key, value in self.services[name].environment.items()}
        urls = {one: f"http://127.0.0.1:{self._ports[one]}/graphql" for one in NAMES}
        ours = {
            "BMC_HOST": "127.0.0.1",
            "BMC_PORT": str(self._ports[name]),
            "BMC_PUBLIC_URL": self.url,
            "BMC_SUBGRAPH_URLS": json.dumps(urls),
        }
        return {**kept, **theirs, **self.settings, **ours}

    def _here(self, text: str) -> str:
        """Turn the file's addresses into this machine's."""
        for name, port in SERVER_PORTS.items():
            native = self.servers[name].url
            address = re.search(r"127\.0\.0\.1:\d+", native)
            assert address is not None, native
            text = re.sub(rf"\b{name}:{port}\b", address[0], text)
        return text

    def _wait(self, name: str, condition: str) -> None:
        if name in self.servers or condition == "service_started":
            return
        if condition == "service_completed_successfully":
            status = self._processes.pop(name).wait(START_SECONDS) if name in self._processes else 0
            assert status == 0, f"{name} ended with {status}: {self.said(name)[-2000:]}"
            return
        self._until(lambda: self.is_ready(name), f"{name} to be healthy", name)

    def _until(self, look: Callable[[], bool], what: str, name: str) -> None:
        ends = time.monotonic() + START_SECONDS
        while not look():
            process = self._processes.get(name)
            ended = process is not None and process.poll() is not None and not self._watcher.is_alive()
            assert not ended, f"{name} ended: {self.said(name)[-2000:]}"
            assert time.monotonic() < ends, f"waited in vain for {what}: {self.said(name)[-2000:]}"
            time.sleep(0.1)

    def _restart_what_ends(self) -> None:
        while not self._stopping.wait(RESTARTED_AFTER):
            with self._lock:
                for name in self.parts:
                    if name not in self._held and self._processes[name].poll() is not None:
                        self._launch(name)

    def _make_database(self) -> None:
        address = re.search(r"127\.0\.0\.1:(\d+)", self.servers["mysql"].url)
        assert address is not None, "MariaDB listens on loopback"
        connection = pymysql.connect(
            host="127.0.0.1", port=int(address[1]), user=mariadb.USER, password=mariadb.PASSWORD
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE IF NOT EXISTS bmc")

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    def _log(self, name: str) -> Path:
        return self._place("logs") / f"{name}.log"
