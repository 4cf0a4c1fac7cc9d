"""Documents over a real S3: what it refuses, and that an outage costs nobody a file nor anybody a hand."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import boto3
import httpx
import pytest

from shared.blobs.documents import Announcement, DocumentRecord, DocumentStatus, key_for, upload_key
from shared.blobs.s3 import S3BlobStore
from shared.blobs.shelf import DocumentShelf
from shared.blobs.store import BlobsUnavailable, UploadTarget
from shared.clock import ManualClock
from tests.stack.servers.ministack import CREDENTIALS, Ministack

REGION: Final = "eu-central-1"
PDF: Final = b"%PDF-1.7 " + bytes(range(256))
REPORT: Final = Announcement("report.pdf", "application/pdf", len(PDF), "report", sha256(PDF).hexdigest())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ministack]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = Ministack()
    server.install()
    server.start()
    s3 = boto3.client("s3", region_name=REGION, endpoint_url=server.url)
    s3.create_bucket(Bucket="documents", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield server
    server.stop()


@pytest.fixture
async def store(server: Ministack) -> AsyncIterator[S3BlobStore]:
    store = S3BlobStore.open(f"s3://documents?region={REGION}&endpoint={server.url}", now())
    yield store
    store.close()


def now() -> ManualClock:
    """Make a clock that stands at the present, because S3's own cannot be set."""
    return ManualClock(datetime.now(UTC).replace(microsecond=0))


async def sent(target: UploadTarget, data: bytes) -> int:
    """Send a file as a browser does; answers the status."""
    async with httpx.AsyncClient() as client:
        return (await client.post(target.url, data=dict(target.fields), files={"file": ("file", data)})).status_code


async def begun(shelf: DocumentShelf) -> tuple[DocumentRecord, UploadTarget]:
    return await shelf.begin("usr_1", REPORT, [])


async def test_a_document_goes_from_the_form_to_the_download(store: S3BlobStore) -> None:
    shelf = DocumentShelf(store, now())
    record, target = await begun(shelf)

    status = await sent(target, PDF)
    completed = await shelf.complete(record)

    assert (status, completed.record.status, completed.refusal) == (204, DocumentStatus.AVAILABLE, None)
    url = await shelf.download_url(completed.record)
    assert url is not None
    async with httpx.AsyncClient() as client:
        assert (await client.get(url)).content == PDF
    assert await store.head(upload_key(record)) is None


async def test_s3_itself_refuses_a_file_that_is_not_the_announced_one(store: S3BlobStore) -> None:
    shelf = DocumentShelf(store, now())
    record, target = await begun(shelf)

    assert await sent(target, PDF[::-1]) == 400
    assert await store.head(upload_key(record)) is None


async def test_what_is_kept_is_encrypted_whoever_sent_it(server: Ministack, store: S3BlobStore) -> None:
    _, target = await begun(DocumentShelf(store, now()))
    await sent(target, PDF)
    await store.write("ours", PDF, "application/pdf")

    s3 = boto3.client("s3", region_name=REGION, endpoint_url=server.url)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="documents")["Contents"]]
    kept = {s3.head_object(Bucket="documents", Key=key)["ServerSideEncryption"] for key in keys}

    assert (len(keys), kept) == (2, {"AES256"})


async def test_a_store_that_dies_costs_no_file_and_is_back_without_a_hand(
    server: Ministack, store: S3BlobStore
) -> None:
    shelf = DocumentShelf(store, now())
    record, target = await begun(shelf)
    await sent(target, PDF)

    server.kill()
    for use in (store.head("a"), store.read("a"), store.write("a", b"!", "image/png"), store.delete("a")):
        with pytest.raises(BlobsUnavailable):
            await use
    with pytest.raises(BlobsUnavailable):
        await shelf.complete(record)
    assert (await shelf.begin("usr_1", REPORT, [record]))[1].url == target.url
    server.start()

    completed = await shelf.complete(record)
    assert completed.record == replace(
        record, status=DocumentStatus.AVAILABLE, uploaded_at=completed.record.uploaded_at
    )
    assert await store.read(key_for("usr_1", record.id)) == PDF
