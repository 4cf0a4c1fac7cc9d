"""The embedded store's addresses over HTTP: what clients are told, and what a broken or hostile one leaves behind."""

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BufferedWriter, FileIO
from pathlib import Path

import httpx
import pytest

from shared.blobs.files import files_app
from shared.blobs.folder import BlobFolder, PartialFile
from shared.blobs.local import LocalBlobStore
from shared.blobs.store import UploadTarget
from shared.clock import ManualClock

PDF = b"%PDF-1.7 not much of one"
KEY = "uploads/usr_1/file_1"


@pytest.fixture
async def http(store: LocalBlobStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(files_app(store))
    async with httpx.AsyncClient(transport=transport, base_url="http://files.test") as client:
        yield client


@pytest.fixture
async def target(store: LocalBlobStore) -> UploadTarget:
    return await store.presign_upload(
        KEY, content_type="application/pdf", size=len(PDF), sha256="ab" * 32, expires_in=timedelta(minutes=15)
    )


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def send(http: httpx.AsyncClient, target: UploadTarget, data: bytes = PDF, **fields: str) -> tuple[int, str]:
    answer = await http.post(target.url, data=dict(target.fields) | fields, files={"file": data})
    return answer.status_code, "" if answer.status_code == 204 else answer.json()["error"]["code"]


async def test_an_address_names_the_public_url_and_the_key(target: UploadTarget, store: LocalBlobStore) -> None:
    url = await store.presign_download(
        KEY, filename="a b.pdf", content_type="application/pdf", expires_in=timedelta(minutes=5)
    )

    assert target.url == "http://files.test/files/uploads"
    assert [name for name, _ in target.fields] == ["key", "Content-Type", "x-amz-meta-sha256", "policy", "signature"]
    assert url.startswith(
        f"http://files.test/files/{KEY}?expires=1803891900&name=a+b.pdf&type=application%2Fpdf&signature="
    )


async def test_each_refusal_tells_its_code(http: httpx.AsyncClient, target: UploadTarget, clock: ManualClock) -> None:
    assert await send(http, target, PDF + b"!") == (413, "FILE_TOO_LARGE")
    assert await send(http, target, PDF[:-1]) == (400, "FILE_TOO_SMALL")
    assert await send(http, target, key="uploads/usr_2/file_2") == (403, "FIELDS_DIFFER")
    assert await send(http, target, signature="0" * 64) == (403, "SIGNATURE_INVALID")
    assert await send(http, target, signature="ü") == (403, "SIGNATURE_INVALID")
    assert await send(http, target, more="x" * 9000) == (400, "MALFORMED")
    clock.advance(timedelta(minutes=15))
    assert await send(http, target) == (403, "EXPIRED")


async def test_no_refusal_leaves_a_file(
    http: httpx.AsyncClient, target: UploadTarget, clock: ManualClock, tmp_path: Path
) -> None:
    await test_each_refusal_tells_its_code(http, target, clock)

    assert files_in(tmp_path) == []


def form(*parts: tuple[str, bytes], end: bytes = b"--edge--\r\n") -> bytes:
    head = 'content-disposition: form-data; name="{}"\r\n\r\n'
    return b"".join(b"--edge\r\n" + head.format(name).encode() + value + b"\r\n" for name, value in parts) + end


async def post(http: httpx.AsyncClient, body: bytes, content_type: str = "multipart/form-data; boundary=edge") -> int:
    answer = await http.post("/files/uploads", content=body, headers={"content-type": content_type})
    return answer.status_code


async def test_forms_that_are_none_are_refused(http: httpx.AsyncClient, target: UploadTarget, tmp_path: Path) -> None:
    fields = [(name, value.encode()) for name, value in target.fields]
    file = ("file", PDF)

    assert await post(http, form(*fields, file), "application/x-www-form-urlencoded") == 400
    assert await post(http, form(*fields, file), "multipart/form-data") == 400
    assert await post(http, b"no boundary at all") == 400
    assert await post(http, b"") == 400
    assert await post(http, form(*fields)) == 400
    assert await post(http, form(file, *fields)) == 400
    assert await post(http, form(*fields, file, file)) == 400
    assert await post(http, form(*fields, file, ("after", b""))) == 400
    assert await post(http, form(*fields, fields[0], file)) == 400
    assert await post(http, form(*fields, *((f"f{n}", b"") for n in range(20)), file)) == 400
    assert await post(http, form(*fields, ("", b""), file)) == 400
    assert await post(http, form(*fields, file, end=b"")) == 400
    assert await post(http, form(*fields, file) + b"x" * 300_000) == 413
    assert files_in(tmp_path) == []
    assert await post(http, form(*fields, file)) == 204


async def test_a_file_may_come_in_pieces_of_any_size(
    http: httpx.AsyncClient, target: UploadTarget, store: LocalBlobStore
) -> None:
    body = form(*((name, value.encode()) for name, value in target.fields), ("file", PDF))

    async def pieces() -> AsyncIterator[bytes]:
        for place in range(len(body)):
            yield body[place : place + 1]

    headers = {"content-type": "multipart/form-data; boundary=edge"}
    answer = await http.post("/files/uploads", content=pieces(), headers=headers)

    assert answer.status_code == 204
    assert await store.read(KEY) == PDF


@pytest.mark.parametrize(
    "path",
    ["/files/../../etc/passwd", "/files/%2e%2e/%2e%2e/etc/passwd", "/files//etc/passwd", "/files/", "/files/a%00b"],
)
async def test_no_path_leads_out_of_the_folder(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, params={"expires": "9" * 40, "signature": "x"})

    assert answer.status_code in {403, 404}


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "\u0663", "9" * 400])
async def test_an_expiry_that_is_no_number_is_no_expiry(http: httpx.AsyncClient, expires: str) -> None:
    answer = await http.get(f"/files/{KEY}", params={"expires": expires, "signature": "0" * 64})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "SIGNATURE_INVALID")


async def test_an_upload_is_not_signed_as_a_download_nor_by_another_secret(
    http: httpx.AsyncClient, target: UploadTarget, tmp_path: Path, clock: ManualClock
) -> None:
    other = LocalBlobStore(tmp_path / "other", "http://files.test", b"another secret of 32 bytes, too!", clock)
    forged = await other.presign_upload(
        KEY, content_type="application/pdf", size=len(PDF), sha256=None, expires_in=timedelta(minutes=15)
    )

    assert await send(http, forged) == (403, "SIGNATURE_INVALID")
    answer = await http.get(f"/files/{KEY}", params=dict(target.fields) | {"expires": "1803892200"})
    assert answer.status_code == 403


async def test_one_kind_of_signature_never_passes_as_the_other(store: LocalBlobStore) -> None:
    assert store.signer._sign("upload", b"same") != store.signer._sign("download", b"same")


async def test_a_head_of_a_download_has_the_headers_alone(http: httpx.AsyncClient, store: LocalBlobStore) -> None:
    await store.write(KEY, PDF, "application/pdf")
    url = await store.presign_download(
        KEY, filename="a.pdf", content_type="application/pdf", expires_in=timedelta(minutes=5)
    )

    answer = await http.head(url)

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(PDF)))


async def test_a_download_cannot_become_a_page_of_ours(http: httpx.AsyncClient, store: LocalBlobStore) -> None:
    await store.write(KEY, b"<script>alert(1)</script>", "application/pdf")
    url = await store.presign_download(KEY, filename="a", content_type="text/html", expires_in=timedelta(minutes=5))

    headers = (await http.get(url)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["content-disposition"].startswith("attachment;")


class FullDisk(BlobFolder):
    """A folder on the device that has never room."""

    def begin(self, key: str, content_type: str) -> PartialFile:
        file = super().begin(key, content_type)
        file._file.close()
        file._file = BufferedWriter(FileIO("/dev/full", "wb"))
        return file


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Only Linux has a disk that is always full.")
async def test_a_full_disk_is_told_and_leaves_nothing(
    http: httpx.AsyncClient, target: UploadTarget, store: LocalBlobStore, tmp_path: Path
) -> None:
    store._folder = FullDisk(tmp_path / "blobs")

    assert await send(http, target) == (507, "STORAGE_FULL")
    assert files_in(tmp_path) == []


async def test_what_was_abandoned_long_ago_is_swept_and_nothing_else(
    store: LocalBlobStore, clock: ManualClock, tmp_path: Path
) -> None:
    await store.write(KEY, PDF, "application/pdf")
    await store.write("documents/usr_1/file_1", PDF, "application/pdf")
    (tmp_path / "blobs" / "partial" / "left").write_bytes(b"half")
    written = (tmp_path / "blobs" / "partial" / "left").stat().st_mtime
    clock.set(clock.now().fromtimestamp(written + 3600, tz=clock.now().tzinfo))

    assert await store.sweep("uploads/", timedelta(hours=24)) == 0
    clock.advance(timedelta(hours=24))
    assert await store.sweep("uploads/", timedelta(hours=24)) == 2
    assert await store.head(KEY) is None
    assert await store.read("documents/usr_1/file_1") == PDF
