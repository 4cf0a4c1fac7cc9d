"""MariaDB 10.11 from Debian's packages, unpacked into the project: neither root nor the system's own folders.

apt resolves what the machine lacks, downloads it, and dpkg unpacks it; nothing is installed. Where the machine has no
package lists, apt fetches them into a folder of its own beside the server.
"""

import contextlib
import os
import shutil
import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stack.servers.process import ServerProcess
from tests.stack.servers.server import INSTALL_SECONDS, INSTALLED, CannotInstall, free_port

HOME = INSTALLED / "mariadb"
PACKAGE = "mariadb-server-core"
USER, PASSWORD = "bmc", "bmc-of-tests"  # The server is on loopback and lives as long as the tests.

# mariadb-install-db would run these with programs of three more packages.
_SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")
_ACCOUNTS = f"""
FLUSH PRIVILEGES;
CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO {USER}@'127.0.0.1' WITH GRANT OPTION;
"""


class CommandFailed(RuntimeError):
    """A program ended with an error; the message is the last line that it said."""


class MariaDb(ServerProcess):
    """A server whose data lies under `folder`; `options` are more of mariadbd's own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._port = free_port()
        self._options = options
        super().__init__(folder / "mariadbd.log")

    @property
    def url(self) -> str:
        """Where the server is; tests make databases of their own on it."""
        return f"mysql+aiomysql://{USER}:{PASSWORD}@127.0.0.1:{self._port}"

    def install(self) -> None:
        if _binary().exists():
            return
        for tool in ("apt-get", "dpkg"):
            if shutil.which(tool) is None:
                raise CannotInstall(f"there is no {tool}, so no Debian package of MariaDB")
        HOME.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="packages-", dir=HOME) as folder:
            try:
                unpacked = _unpack(_download(Path(folder)), Path(folder) / "unpacked")
            except CommandFailed as error:
                raise CannotInstall(str(error)) from error
            # In one step, so that an interrupted installation is begun anew.
            unpacked.rename(_root())

    def start(self) -> None:
        """Start it, on a first start with its system tables, and return when it answers."""
        if not (self._data / "mysql").is_dir():
            self._make_system_tables()
        self._launch(
            [
                *self._command(),
                "--bind-address=127.0.0.1",
                f"--port={self._port}",
                # Nobody uses it; in the data folder, where the server is, so that no path is too long for a socket.
                "--socket=socket",
                f"--pid-file={self._folder / 'pid'}",
                f"--log-error={self.log}",
                "--max-connections=500",
                *self._options,
            ],
            self._answers,
            environment=_environment(),
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _make_system_tables(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        scripts = "".join((_share() / name).read_text() for name in _SYSTEM_TABLES)
        # NULL: no account that the system's root may use by the socket.
        text = f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n{scripts}{_ACCOUNTS}"
        _run(*self._command(), "--bootstrap", text=text)

    def _command(self) -> list[str]:
        return [
            str(_binary()),
            "--no-defaults",
            f"--datadir={self._data}",
            f"--lc-messages-dir={_share()}",
            f"--character-sets-dir={_share() / 'charsets'}",
            "--innodb-log-file-size=32M",
            # Root must say that it means it.
            *(["--user=root"] if os.geteuid() == 0 else []),
        ]

    def _answers(self) -> bool:
        """Tell whether the server greets: it does when it takes clients."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                return bool(connection.recv(1))
        except OSError:
            return False


def _download(folder: Path) -> list[Path]:
    """Fetch the package and what it needs that the machine lacks; by the machine's lists, else by lists of our own."""
    (folder / "archives" / "partial").mkdir(parents=True)
    fetching = ["install", "--download-only", "--reinstall", "--no-install-recommends", "--yes", PACKAGE]
    quiet = ["-qq", "-o", "Debug::NoLocking=true", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User="]
    try:
        _run("apt-get", *quiet, *fetching)
    except CommandFailed:
        (folder / "lists" / "partial").mkdir(parents=True)
        own = [*quiet, "-o", f"Dir::State::lists={folder / 'lists'}"]
        # A source that fails to answer may be one that nobody needs here.
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(["apt-get", *own, "update"], capture_output=True, timeout=INSTALL_SECONDS, check=False)
        _run("apt-get", *own, *fetching)
    return sorted((folder / "archives").glob("*.deb"))


def _unpack(packages: list[Path], folder: Path) -> Path:
    for package in packages:
        _run("dpkg", "-x", str(package), str(folder))
    return folder


def _run(*command: str, text: str | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            input=text,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{Path(command[0]).name} did not end within {INSTALL_SECONDS:.0f} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it did not say why"]
        raise CommandFailed(f"{Path(command[0]).name} failed: {said[-1]}")


def _environment() -> dict[str, str]:
    libraries = sorted({str(library.parent) for library in _root().glob("usr/lib/*/*.so*")})
    return {**os.environ, "LC_ALL": "C", **({"LD_LIBRARY_PATH": ":".join(libraries)} if libraries else {})}


def _root() -> Path:
    return HOME / "root"


def _share() -> Path:
    return _root() / "usr" / "share" / "mysql"


def _binary() -> Path:
    return _root() / "usr" / "sbin" / "mariadbd"
