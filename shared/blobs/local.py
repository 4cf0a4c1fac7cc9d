"""The embedded blob store: a folder, and addresses signed with a secret of ours, answered by `shared.blobs.files`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.blobs.folder import BlobFolder, PartialFile
from shared.blobs.keys import checked_content_type, checked_key
from shared.blobs.signing import Download, Signer, UploadPolicy, whole_seconds
from shared.blobs.store import BlobInfo, UploadTarget
from shared.clock import Clock

READ_BYTES = 64 * 1024


class Incoming:
    """A blob that is arriving piece by piece."""

    def __init__(self, file: PartialFile) -> None:
        self._file = file

    async def write(self, data: bytes) -> None:
        """Append bytes."""
        await asyncio.to_thread(self._file.write, data)

    async def keep(self) -> None:
        """Make it the blob under its key, durably."""
        await asyncio.to_thread(self._file.keep)


class LocalBlobStore:
    """Keeps blobs in `folder`; `public_url` is where `files_app` can be reached, without `/files`."""

    def __init__(self, folder: Path, public_url: str, secret: bytes, clock: Clock) -> None:
        self._folder = BlobFolder(folder)
        self._url = f"{public_url.rstrip('/')}/files"
        self._clock = clock
        self.signer = Signer(secret, clock)

    async def presign_upload(
        self, key: str, *, content_type: str, size: int, sha256: str | None, expires_in: timedelta
    ) -> UploadTarget:
        fields = [("key", checked_key(key)), ("Content-Type", checked_content_type(content_type))]
        if sha256 is not None:
            fields.append(("x-amz-meta-sha256", sha256))
        expires = whole_seconds(self._clock.now() + expires_in)
        signed = self.signer.signed_fields(UploadPolicy(tuple(fields), size, expires))
        return UploadTarget(f"{self._url}/uploads", "POST", signed, datetime.fromtimestamp(expires, UTC))

    async def presign_download(self, key: str, *, filename: str, content_type: str, expires_in: timedelta) -> str:
        expires = whole_seconds(self._clock.now() + expires_in)
        download = Download(checked_key(key), filename, checked_content_type(content_type), expires)
        return f"{self._url}/{key}?{self.signer.signed_query(download)}"

    async def head(self, key: str) -> BlobInfo | None:
        return await asyncio.to_thread(self._folder.head, key)

    async def read(self, key: str) -> bytes:
        def read() -> bytes:
            with self._folder.opened(key) as (_, file):
                return file.read()

        return await asyncio.to_thread(read)

    async def write(self, key: str, data: bytes, content_type: str) -> None:
        async with self.receiving(key, content_type) as incoming:
            await incoming.write(data)
            await incoming.keep()

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._folder.delete, key)

    @asynccontextmanager
    async def receiving(self, key: str, content_type: str) -> AsyncIterator[Incoming]:
        """Take a blob in piece by piece; unless it is kept, nothing is left of it."""
        file = await asyncio.to_thread(self._folder.begin, key, content_type)
        try:
            yield Incoming(file)
        finally:
            await asyncio.to_thread(file.drop)

    @asynccontextmanager
    async def sending(self, key: str) -> AsyncIterator[tuple[BlobInfo, AsyncIterator[bytes]]]:
        """Give a blob out piece by piece, or raise BlobMissing."""
        opened = self._folder.opened(key)
        info, file = await asyncio.to_thread(opened.__enter__)
        try:

            async def pieces() -> AsyncIterator[bytes]:
                while piece := await asyncio.to_thread(file.read, READ_BYTES):
                    yield piece

            yield info, pieces()
        finally:
            await asyncio.to_thread(file.close)

    async def sweep(self, prefix: str, older_than: timedelta) -> int:
        """Delete what lies under a prefix for so long (abandoned uploads); answer how many. S3 has lifecycle rules."""
        return await asyncio.to_thread(self._folder.sweep, prefix, self._clock.now() - older_than)
