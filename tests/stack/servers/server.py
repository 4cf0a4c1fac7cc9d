"""What every real server of the stack's tests is to them: installed into the project, started, stopped, killed.

NOTE: A server's port is reserved when it is made; started again after `kill`, it is at the same address with the same
data. Everything is under `.stack/` of the repository; nothing outside of it is touched.
"""

import contextlib
import secrets
import socket
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[3]
INSTALLED = ROOT / ".stack"
"""Where servers are installed, each in a folder of its name."""
INSTALL_SECONDS = 900.0
"""A registry that takes longer does not answer."""
_LOWEST_PORT = 10_000
_answered: set[int] = set()


class CannotInstall(Exception):
    """A server is not to be had on this machine; the message is one line and says why."""


class Server(Protocol):
    """A real server on loopback."""

    @property
    def url(self) -> str:
        """Where clients find it, in the form that its setting (`BMC_…_URL`) or client library takes."""
        ...

    def install(self) -> None:
        """Install it if it is not; raises CannotInstall."""
        ...

    def start(self) -> None:
        """Start it and return when it answers."""
        ...

    def stop(self) -> None:
        """Stop it as an operator would."""
        ...

    def kill(self) -> None:
        """End it with SIGKILL and wait until it is gone; what it has kept stays."""
        ...


def free_port() -> int:
    """Answer a port on loopback that nobody listens on, and that this process has not answered before.

    It is below those that the system gives to clients: a server that was killed finds it free when it comes back.
    """
    (first_of_clients, _) = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    while True:
        port = _LOWEST_PORT + secrets.randbelow(int(first_of_clients) - _LOWEST_PORT)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _answered:
                _answered.add(port)
                return port
