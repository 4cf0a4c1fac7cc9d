"""What the blob contract is run against; an adapter joins by a function that opens it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from shared.blobs.files import files_app
from shared.blobs.local import LocalBlobStore
from shared.blobs.store import BlobStore, UploadTarget
from shared.clock import ManualClock


@dataclass(frozen=True, slots=True)
class OpenedBlobs:
    """A store, a client that can reach its addresses, and the clock by which they expire."""

    store: BlobStore
    http: httpx.AsyncClient
    clock: ManualClock

    async def upload(self, target: UploadTarget, data: bytes, **fields: str) -> httpx.Response:
        """Send a file as a browser would; `fields` replace those of the target."""
        return await self.http.request(
            target.method, target.url, data=dict(target.fields) | fields, files={"file": ("my file.pdf", data)}
        )


Opener = Callable[[Path], AbstractAsyncContextManager[OpenedBlobs]]


@asynccontextmanager
async def local(folder: Path) -> AsyncIterator[OpenedBlobs]:
    """Open the embedded store, its addresses answered in this process."""
    clock = ManualClock(datetime(2027, 3, 1, 9, 0, tzinfo=UTC))
    store = LocalBlobStore(folder, "http://files.test", b"a secret of 32 bytes, no fewer!!", clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(files_app(store))) as http:
        yield OpenedBlobs(store, http, clock)


ADAPTERS: dict[str, Opener] = {"local": local}
