"""The life of a document: begun, completed or rejected, downloaded, discarded."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from shared.blobs.documents import Announcement, DocumentRecord, DocumentStatus, key_for, upload_key
from shared.blobs.local import LocalBlobStore
from shared.blobs.refusals import (
    ChecksumMismatch,
    FileTooLarge,
    TooManyDocuments,
    UnsupportedContentType,
    UploadIncomplete,
)
from shared.blobs.shelf import DocumentShelf
from shared.clock import ManualClock
from shared.errors import Refusal
from shared.ids import is_id

PDF = b"%PDF-1.7 not much of one"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and the rest"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF and the rest"


def announcement(data: bytes = PDF, content_type: str = "application/pdf", checksum: str | None = None) -> Announcement:
    return Announcement(name="scan.pdf", content_type=content_type, size=len(data), kind="LICENCE", sha256=checksum)


@pytest.fixture
def shelf(store: LocalBlobStore, clock: ManualClock) -> DocumentShelf:
    return DocumentShelf(store, clock)


async def begun(shelf: DocumentShelf, announced: Announcement | None = None) -> DocumentRecord:
    record, _ = await shelf.begin("usr_1", announced or announcement(), [])
    return record


async def files_of(store: LocalBlobStore, record: DocumentRecord) -> list[bool]:
    keys = (upload_key(record), key_for(record.owner_id, record.id))
    return [await store.head(key) is not None for key in keys]


async def test_a_begun_document_is_pending_and_has_an_address_for_a_quarter_of_an_hour(
    shelf: DocumentShelf, clock: ManualClock
) -> None:
    record, target = await shelf.begin("usr_1", announcement(checksum="ab" * 32), [])

    assert is_id(record.id, "file")
    assert record == DocumentRecord(
        id=record.id,
        owner_id="usr_1",
        name="scan.pdf",
        content_type="application/pdf",
        size=len(PDF),
        kind="LICENCE",
        sha256="ab" * 32,
        status=DocumentStatus.PENDING,
        created_at=clock.now(),
    )
    assert dict(target.fields)["key"] == upload_key(record)
    assert target.expires_at == clock.now() + timedelta(minutes=15)
    assert await shelf.download_url(record) is None


async def test_an_owner_may_have_twenty_documents(shelf: DocumentShelf) -> None:
    record = await begun(shelf)
    nineteen = [replace(record, status=DocumentStatus.AVAILABLE)] * 19
    rejected = [replace(record, status=DocumentStatus.REJECTED)] * 19

    await shelf.begin("usr_1", announcement(), nineteen + rejected)
    with pytest.raises(TooManyDocuments):
        await shelf.begin("usr_1", announcement(), [*nineteen, record])


@pytest.mark.parametrize(("data", "content_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")])
async def test_what_arrived_as_announced_becomes_available(
    shelf: DocumentShelf, store: LocalBlobStore, clock: ManualClock, data: bytes, content_type: str
) -> None:
    checksum = sha256(data).hexdigest()
    record = await begun(shelf, announcement(data, content_type, checksum))
    await store.write(upload_key(record), data, content_type)
    clock.advance(timedelta(minutes=1))

    done = await shelf.complete(record)

    assert done.refusal is None
    assert done.record == replace(record, status=DocumentStatus.AVAILABLE, uploaded_at=clock.now())
    assert await store.read(key_for("usr_1", record.id)) == data
    assert await files_of(store, record) == [False, True]


async def test_without_an_announced_checksum_the_true_one_is_kept(shelf: DocumentShelf, store: LocalBlobStore) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")

    assert (await shelf.complete(record)).record.sha256 == sha256(PDF).hexdigest()


@pytest.mark.parametrize("arrived", [None, PDF[:-1]])
async def test_what_has_not_arrived_whole_stays_pending(
    shelf: DocumentShelf, store: LocalBlobStore, arrived: bytes | None
) -> None:
    record = await begun(shelf)
    if arrived is not None:
        await store.write(upload_key(record), arrived, "application/pdf")

    done = await shelf.complete(record)

    assert done.record == record
    assert isinstance(done.refusal, UploadIncomplete)


@pytest.mark.parametrize(
    ("announced", "arrived", "refusal"),
    [
        (announcement(), PDF + b"!", FileTooLarge),
        (announcement(checksum="ab" * 32), PDF, ChecksumMismatch),
        (announcement(PNG, "application/pdf"), PNG, UnsupportedContentType),
        (announcement(b"<script>alert(1)</script>"), b"<script>alert(1)</script>", UnsupportedContentType),
        (announcement(PDF, "image/png"), PDF, UnsupportedContentType),
    ],
)
async def test_what_is_not_as_announced_is_rejected_and_deleted(
    shelf: DocumentShelf, store: LocalBlobStore, announced: Announcement, arrived: bytes, refusal: type[Refusal]
) -> None:
    record = await begun(shelf, announced)
    await store.write(upload_key(record), arrived, announced.content_type)

    done = await shelf.complete(record)

    assert isinstance(done.refusal, refusal)
    assert done.record == replace(record, status=DocumentStatus.REJECTED, rejection=refusal.code)
    assert await files_of(store, record) == [False, False]
    assert await shelf.download_url(done.record) is None
    again = await shelf.complete(done.record)
    assert (again.record, type(again.refusal)) == (done.record, refusal)


async def test_completing_twice_answers_the_same(shelf: DocumentShelf, store: LocalBlobStore) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")
    done = await shelf.complete(record)

    assert await shelf.complete(done.record) == done


async def test_a_completion_that_was_not_saved_can_be_repeated(shelf: DocumentShelf, store: LocalBlobStore) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")

    first = await shelf.complete(record)

    assert await shelf.complete(record) == first


async def test_what_is_sent_after_the_check_is_never_served(shelf: DocumentShelf, store: LocalBlobStore) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")
    done = await shelf.complete(record)
    await store.write(upload_key(record), b"<" * len(PDF), "application/pdf")

    assert await shelf.complete(done.record) == done
    assert await store.read(key_for("usr_1", record.id)) == PDF


async def test_a_document_that_was_not_completed_in_a_day_is_rejected(
    shelf: DocumentShelf, store: LocalBlobStore, clock: ManualClock
) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")
    clock.advance(timedelta(hours=24))

    done = await shelf.complete(record)

    assert isinstance(done.refusal, UploadIncomplete)
    assert done.record.status is DocumentStatus.REJECTED
    assert await files_of(store, record) == [False, False]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_discarding_leaves_no_bytes_however_far_the_document_came(
    shelf: DocumentShelf, store: LocalBlobStore, tmp_path: Path
) -> None:
    pending, available = await begun(shelf), await begun(shelf)
    for record in (pending, available):
        await store.write(upload_key(record), PDF, "application/pdf")
    available = (await shelf.complete(available)).record

    for record in (pending, available, available):
        await shelf.discard(record)

    assert files_in(tmp_path) == []


async def test_an_available_document_has_an_address_for_five_minutes(
    shelf: DocumentShelf, store: LocalBlobStore, clock: ManualClock
) -> None:
    record = await begun(shelf)
    await store.write(upload_key(record), PDF, "application/pdf")

    url = await shelf.download_url((await shelf.complete(record)).record)

    assert url == await store.presign_download(
        key_for("usr_1", record.id),
        filename="scan.pdf",
        content_type="application/pdf",
        expires_in=timedelta(minutes=5),
    )
