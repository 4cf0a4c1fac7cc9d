"""MongoDB by TCP: the same engine that the embedded store starts, as a replica set of one on a port of loopback."""

import contextlib
import subprocess
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shared.stores.embedded_mongod import NoMongod, find_mongod
from tests.stack.servers.server import CannotInstall, free_port

START_SECONDS = 240.0


class Mongod:
    """A mongod whose data lies under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}/?replicaSet=rs0&tz_aware=true"

    def install(self) -> None:
        """Nothing to do: it comes with the extra `embedded`."""
        try:
            find_mongod()
        except NoMongod as error:
            raise CannotInstall(str(error)) from error

    def start(self) -> None:
        data = self._folder / "db"
        data.mkdir(parents=True, exist_ok=True)
        options = {
            "dbpath": data,
            "logpath": self._folder / "mongod.log",
            "bind_ip": "127.0.0.1",
            "port": self._port,
            "replSet": "rs0",
            "oplogSize": 64,
            "wiredTigerCacheSizeGB": 0.25,
            "wiredTigerEngineConfigString": "log=(file_max=8MB,prealloc=false)",
            "networkMessageCompressors": "disabled",
            # As in docker-compose.yml: what a killed process held in a transaction is free again after this.
            "setParameter": "transactionLifetimeLimitSeconds=20",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [str(find_mongod()), "--nounixsocket", "--logappend", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        url = f"mongodb://127.0.0.1:{self._port}/?directConnection=true"
        deadline = time.monotonic() + START_SECONDS
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
            while not self._takes_writes(client):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"mongod did not start; see {self._folder / 'mongod.log'}")
                time.sleep(0.05)

    def _takes_writes(self, client: MongoClient[dict[str, Any]]) -> bool:
        with contextlib.suppress(PyMongoError):
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            member = {"_id": 0, "host": f"127.0.0.1:{self._port}"}
            with contextlib.suppress(OperationFailure):
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
