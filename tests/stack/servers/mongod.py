"""MongoDB by TCP: the same engine that the embedded store starts, as a replica set of one on a port of loopback."""

import contextlib
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shared.stores.embedded_mongod import NoMongod, find_mongod
from tests.stack.servers.process import ServerProcess
from tests.stack.servers.server import CannotInstall, free_port


class Mongod(ServerProcess):
    """A mongod whose data lies under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        super().__init__(folder / "mongod.log")

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
            "logpath": self.log,
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
        url = f"mongodb://127.0.0.1:{self._port}/?directConnection=true"
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=500) as client:
            self._launch(
                [str(find_mongod()), "--nounixsocket", "--logappend", *arguments],
                lambda: self._takes_writes(client),
            )

    def _takes_writes(self, client: MongoClient[dict[str, Any]]) -> bool:
        with contextlib.suppress(PyMongoError):
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            member = {"_id": 0, "host": f"127.0.0.1:{self._port}"}
            with contextlib.suppress(OperationFailure):
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [member]})
        return False
