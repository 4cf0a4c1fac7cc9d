"""The blob port: bytes under keys, and signed addresses by which browsers send and fetch them directly.

The contract, which every adapter's tests share (tests/contracts/blobs):
A key is made of `/`-separated segments of letters, digits, `_`, `-` and `.`, none beginning with a dot, at most 200
characters in all; any other is a ValueError. Keys are made by programs, never from file names of users.
A write is whole or not at all, and durable when it returns; it replaces what was there.
An upload address accepts exactly one key, content type and size, until it expires; it may be used again until then, so
whoever checks what was uploaded moves it to a key of its own (`shared.blobs.documents` does). Content is checked by
whoever completes the upload: a store may take in a file whose checksum differs from the announced one, or refuse it.
A store that does not answer raises BlobsUnavailable; a call that has begun may have had its effect.
A download address answers as an attachment under the given name and type, and is never cached by third parties.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared.errors import BmcError, SubgraphUnavailable


class BlobMissing(BmcError):
    """There is nothing under this key."""


class BlobsUnavailable(SubgraphUnavailable):
    """The store does not answer. What was to be written may have been."""

    message = "Files cannot be reached now; try again."


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where and how to send a file: a form POST with `fields` first, in order, and the bytes as `file`, last."""

    url: str
    method: str
    fields: tuple[tuple[str, str], ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What is known of a blob without reading it; `size` is in bytes."""

    size: int
    content_type: str


class BlobStore(Protocol):
    """Keeps blobs."""

    async def presign_upload(
        self, key: str, *, content_type: str, size: int, sha256: str | None, expires_in: timedelta
    ) -> UploadTarget:
        """Make an upload address; `sha256` (hex) is what the sender announced, kept with the signed form."""
        ...

    async def head(self, key: str) -> BlobInfo | None:
        """Answer what is known of a blob; None if there is none."""
        ...

    async def read(self, key: str) -> bytes:
        """Answer a blob whole, or raise BlobMissing."""
        ...

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        """Put a blob under a key, replacing another."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a blob; nothing happens if there is none."""
        ...

    async def presign_download(self, key: str, *, filename: str, content_type: str, expires_in: timedelta) -> str:
        """Make a download address; nobody checks that the blob exists."""
        ...
