"""The home folder of an embedded system: its lock, its secret, its places.

Everything that the embedded system keeps lies here. The lock is the kernel's (flock), so it goes with the process
however that ends; a second start on the same folder refuses. The secret is made at the first start; keys for each
purpose are derived from it, so nothing else needs keeping.
"""

import fcntl
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.settings import WrongSetting

SECRET_BYTES = 32


class HomeInUse(Exception):
    """Another process runs on this folder; the message is one line."""


class Home:
    """An open home folder; only its owner may enter it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock: int | None = None

    def lock(self) -> None:
        """Take the folder for this process, made if need be; raises HomeInUse, WrongSetting."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise WrongSetting(f"BMC_HOME: cannot keep anything in {self.folder} ({error.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 32).decode().strip() or "unknown"
            os.close(lock)
            raise HomeInUse(
                f"BookMyConsultation already runs on {self.folder} (process {holder}); stop it, or set BMC_HOME"
            ) from None
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def release(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def secret(self) -> bytes:
        """Answer the folder's secret, made at the first call, durable before it is used."""
        path = self.folder / "secret"
        if not path.exists():
            fresh = path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(handle, secrets.token_bytes(SECRET_BYTES))
                os.fsync(handle)
            finally:
                os.close(handle)
            fresh.rename(path)
        return path.read_bytes()

    def place(self, name: str) -> Path:
        """Answer a file or folder of the home, by name."""
        return self.folder / name


def derive(secret: bytes, purpose: str) -> bytes:
    """Derive a key of 32 bytes for one purpose (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"bmc:{purpose}".encode()).derive(secret)
