"""What the blob contract is run against; an adapter joins by a function that opens it.

Where AWS_URL names one, S3 takes its place. Its own clock cannot be moved, so ours begins there at the present: a test
that makes an address and lets it expire first puts the clock back.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import boto3
import httpx
import pytest

from shared.blobs.files import files_app
from shared.blobs.local import LocalBlobStore
from shared.blobs.s3 import S3BlobStore
from shared.blobs.store import BlobStore, UploadTarget
from shared.clock import ManualClock
from shared.ids import new_id
from tests.stack.servers.ministack import CREDENTIALS


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


REGION: Final = "eu-central-1"


@asynccontextmanager
async def s3(_folder: Path) -> AsyncIterator[OpenedBlobs]:
    """Open a store in a bucket of its own on the server of AWS_URL."""
    endpoint, bucket = os.environ["AWS_URL"], new_id("bucket").replace("_", "-").lower()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        boto3.client("s3", region_name=REGION, endpoint_url=endpoint).create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        clock = ManualClock(datetime.now(UTC).replace(microsecond=0))
        store = S3BlobStore.open(f"s3://{bucket}/kept?region={REGION}&endpoint={endpoint}", clock)
        async with httpx.AsyncClient() as http:
            yield OpenedBlobs(store, http, clock)
        store.close()


ADAPTERS: dict[str, Opener] = {"s3": s3} if "AWS_URL" in os.environ else {"local": local}
