"""The contract of shared.blobs.store, which every adapter keeps."""

from datetime import timedelta

import pytest

from shared.blobs.store import BlobInfo, BlobMissing, UploadTarget
from tests.contracts.blobs.adapters import OpenedBlobs

KEY = "documents/usr_1/file_1"
PDF = b"%PDF-1.7 not much of one"


async def target_for(blobs: OpenedBlobs, *, size: int = len(PDF)) -> UploadTarget:
    return await blobs.store.presign_upload(
        KEY, content_type="application/pdf", size=size, sha256=None, expires_in=timedelta(minutes=15)
    )


async def test_what_is_written_is_read_with_its_size_and_type(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")

    assert await blobs.store.read(KEY) == PDF
    assert await blobs.store.head(KEY) == BlobInfo(len(PDF), "application/pdf")


async def test_a_write_replaces_bytes_and_type(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")
    await blobs.store.write(KEY, b"", "image/png")

    assert await blobs.store.read(KEY) == b""
    assert await blobs.store.head(KEY) == BlobInfo(0, "image/png")


async def test_a_key_may_be_the_beginning_of_another(blobs: OpenedBlobs) -> None:
    await blobs.store.write("a/b", b"inner", "image/png")
    await blobs.store.write("a", b"outer", "image/png")

    assert (await blobs.store.read("a"), await blobs.store.read("a/b")) == (b"outer", b"inner")


async def test_nothing_is_missing_without_being_said_to_be(blobs: OpenedBlobs) -> None:
    assert await blobs.store.head(KEY) is None
    with pytest.raises(BlobMissing):
        await blobs.store.read(KEY)


async def test_deleting_twice_is_deleting_once(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")
    await blobs.store.delete(KEY)
    await blobs.store.delete(KEY)

    assert await blobs.store.head(KEY) is None


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/./b", ".hidden", "a\\b", "a b", "a%2Fb", "ä", "a" * 201]
)
async def test_what_is_no_key_is_refused(blobs: OpenedBlobs, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        await blobs.store.write(key, PDF, "application/pdf")
    with pytest.raises(ValueError, match="not a key"):
        await blobs.store.read(key)


async def test_a_type_of_two_lines_is_refused(blobs: OpenedBlobs) -> None:
    with pytest.raises(ValueError, match="not a media type"):
        await blobs.store.write(KEY, PDF, "image/png\r\nX-Evil: yes")


async def test_an_upload_address_takes_the_file_it_was_made_for(blobs: OpenedBlobs) -> None:
    target = await target_for(blobs)

    answer = await blobs.upload(target, PDF)

    assert (target.method, answer.status_code) == ("POST", 204)
    assert target.expires_at == blobs.clock.now() + timedelta(minutes=15)
    assert await blobs.store.read(KEY) == PDF
    assert await blobs.store.head(KEY) == BlobInfo(len(PDF), "application/pdf")


@pytest.mark.parametrize("data", [PDF + b"!", PDF[:-1], b""])
async def test_an_upload_of_another_size_leaves_nothing(blobs: OpenedBlobs, data: bytes) -> None:
    answer = await blobs.upload(await target_for(blobs), data)

    assert answer.status_code in {400, 413}
    assert await blobs.store.head(KEY) is None


@pytest.mark.parametrize(
    "changed",
    [{"key": "documents/usr_2/file_2"}, {"Content-Type": "text/html"}, {"policy": "e30="}, {"extra": "field"}],
)
async def test_an_upload_with_a_changed_form_leaves_nothing(blobs: OpenedBlobs, changed: dict[str, str]) -> None:
    answer = await blobs.upload(await target_for(blobs), PDF, **changed)

    assert answer.status_code == 403
    assert await blobs.store.head(KEY) is None
    assert await blobs.store.head("documents/usr_2/file_2") is None


async def test_an_upload_address_expires(blobs: OpenedBlobs) -> None:
    blobs.clock.advance(timedelta(minutes=-15))
    target = await target_for(blobs)
    blobs.clock.advance(timedelta(minutes=15))

    answer = await blobs.upload(target, PDF)

    assert answer.status_code == 403
    assert await blobs.store.head(KEY) is None


async def download_url(blobs: OpenedBlobs, filename: str = "report.pdf") -> str:
    return await blobs.store.presign_download(
        KEY, filename=filename, content_type="application/pdf", expires_in=timedelta(minutes=5)
    )


async def test_a_download_address_answers_an_attachment_that_is_not_shown_nor_kept(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")

    answer = await blobs.http.get(await download_url(blobs))

    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith('attachment; filename="report.pdf"')
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_download_address_carries_names_of_any_language(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")

    answer = await blobs.http.get(await download_url(blobs, 'Röntgen "हिन्दी"\r\n.pdf'))

    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Rontgen .pdf\"; filename*=UTF-8''"
        "R%C3%B6ntgen%20%22%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80%22%0D%0A.pdf"
    )


async def test_a_download_address_expires(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")
    blobs.clock.advance(timedelta(minutes=-5))
    url = await download_url(blobs)
    blobs.clock.advance(timedelta(minutes=5))

    assert (await blobs.http.get(url)).status_code == 403


async def test_a_changed_download_address_answers_nothing(blobs: OpenedBlobs) -> None:
    await blobs.store.write(KEY, PDF, "application/pdf")
    await blobs.store.write("documents/usr_2/file_2", b"another's", "application/pdf")
    url = await download_url(blobs)

    for changed in (
        url.replace(KEY, "documents/usr_2/file_2"),
        url.replace("report.pdf", "virus.exe"),
        url.replace("application%2Fpdf", "text%2Fhtml"),
        url.partition("?")[0],
    ):
        assert changed != url
        assert (await blobs.http.get(changed)).status_code == 403


async def test_a_download_address_of_nothing_answers_that_there_is_nothing(blobs: OpenedBlobs) -> None:
    assert (await blobs.http.get(await download_url(blobs))).status_code == 404
