r"""Blobs as files of one folder, each with its type in the same file.

    <folder>/blobs/documents%2Fusr_01J…%2Ffile_01J…      "<content type>\n" and the bytes
    <folder>/partial/<ulid>                               a write on its way

A file beside the file for the type could disagree with it after a crash; one file and one rename cannot. A key becomes
one quoted file name, so that no key is a folder of another and none leaves the folder. A write goes to a partial file,
is synced, and renamed; the folder is synced after, so that what is answered as written survives the power going.
Everything here blocks: it is called in threads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from ulid import ULID

from shared.blobs.keys import checked_content_type, checked_key
from shared.blobs.store import BlobInfo, BlobMissing


class PartialFile:
    """A blob being written; it exists under its key only once `keep` has returned."""

    def __init__(self, path: Path, target: Path, content_type: str) -> None:
        self._path = path
        self._target = target
        self._file = path.open("xb")
        self._file.write(f"{content_type}\n".encode())

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._file.write(data)

    def keep(self) -> None:
        """Make it the blob, durably, replacing another."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(self._target)
        _sync_folder(self._target.parent)

    def drop(self) -> None:
        """Leave nothing behind, unless it was kept."""
        # Closing flushes, which fails again on the full disk that may have brought us here.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


class BlobFolder:
    """The files."""

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs"
        self._partial = folder / "partial"
        for part in (self._blobs, self._partial):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)

    def begin(self, key: str, content_type: str) -> PartialFile:
        """Begin a write."""
        return PartialFile(self._partial / str(ULID()), self._path(key), checked_content_type(content_type))

    def head(self, key: str) -> BlobInfo | None:
        """Answer size and type."""
        try:
            with self.opened(key) as (info, _):
                return info
        except BlobMissing:
            return None

    @contextmanager
    def opened(self, key: str) -> Iterator[tuple[BlobInfo, BinaryIO]]:
        """Open a blob at its first byte. It can be read to its end even if it is replaced or deleted meanwhile."""
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        with file:
            header = file.readline()
            size = os.fstat(file.fileno()).st_size - len(header)
            yield BlobInfo(size, header.rstrip(b"\n").decode()), file

    def delete(self, key: str) -> None:
        """Remove a blob, durably."""
        self._path(key).unlink(missing_ok=True)
        _sync_folder(self._blobs)

    def sweep(self, prefix: str, before: datetime) -> int:
        """Delete the blobs under a prefix, and the partial files, that were written before an instant; count them."""
        stale = [*self._partial.iterdir(), *(p for p in self._blobs.iterdir() if unquote(p.name).startswith(prefix))]
        swept = 0
        for path in stale:
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    path.unlink()
                    swept += 1
        return swept

    def _path(self, key: str) -> Path:
        return self._blobs / quote(checked_key(key), safe="")


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
