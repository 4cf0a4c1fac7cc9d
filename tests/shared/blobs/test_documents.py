"""Which documents are taken: the announcement in its normal form, and what counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.blobs.documents import Announcement, DocumentRecord, DocumentRules, DocumentStatus, key_for, upload_key
from shared.blobs.keys import checked_key
from shared.blobs.refusals import FileTooLarge, UnacceptableDocument, UnsupportedContentType
from shared.errors import Refusal
from shared.ids import new_id

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
RULES = DocumentRules()
SCAN = Announcement(name="scan.pdf", content_type="application/pdf", size=1000, kind="LICENCE")
TEN_MEGABYTES = 10 * 1024 * 1024


def record(status: DocumentStatus, made: datetime = NOW) -> DocumentRecord:
    return DocumentRecord("file_1", "usr_1", "scan.pdf", "application/pdf", 9, "LICENCE", None, status, made)


def test_an_announcement_is_put_into_its_normal_form() -> None:
    announced = Announcement(
        name="  C:\\scans\\..\\Ro\u0308ntgen.pdf ",
        content_type=" Application/PDF",
        size=TEN_MEGABYTES,
        kind=" LICENCE ",
        sha256="AB" * 32,
    )

    assert RULES.cleaned(announced) == Announcement(
        name="R\u00f6ntgen.pdf", content_type="application/pdf", size=TEN_MEGABYTES, kind="LICENCE", sha256="ab" * 32
    )


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"content_type": "text/html"}, UnsupportedContentType, "contentType"),
        ({"content_type": "image/svg+xml"}, UnsupportedContentType, "contentType"),
        ({"size": TEN_MEGABYTES + 1}, FileTooLarge, "sizeBytes"),
        ({"size": 0}, UnacceptableDocument, "sizeBytes"),
        ({"size": -1}, UnacceptableDocument, "sizeBytes"),
        ({"sha256": "ab" * 31}, UnacceptableDocument, "sha256"),
        ({"sha256": "xy" * 32}, UnacceptableDocument, "sha256"),
        ({"name": " "}, UnacceptableDocument, "name"),
        ({"name": "folder/"}, UnacceptableDocument, "name"),
        ({"name": "a" * 256}, UnacceptableDocument, "name"),
        ({"name": "a\r\nb"}, UnacceptableDocument, "name"),
        ({"name": "invoice\u202efdp.exe"}, UnacceptableDocument, "name"),
        ({"kind": ""}, UnacceptableDocument, "kind"),
        ({"kind": "k" * 65}, UnacceptableDocument, "kind"),
    ],
)
def test_an_announcement_that_makes_no_sense_is_refused_by_its_field(
    changes: dict[str, object], refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        RULES.cleaned(replace(SCAN, **changes))  # type: ignore[arg-type]

    assert refused.value.field == [field]


def test_joiners_that_hindi_needs_are_no_hidden_characters() -> None:
    assert RULES.cleaned(replace(SCAN, name="क्\u200dष.pdf")).name == "क्\u200dष.pdf"


def test_pending_and_available_documents_count_but_rejected_and_lapsed_ones_do_not() -> None:
    day_ago = NOW - timedelta(hours=24)

    assert RULES.counts(record(DocumentStatus.PENDING), NOW)
    assert RULES.counts(record(DocumentStatus.PENDING, day_ago + timedelta(milliseconds=1)), NOW)
    assert not RULES.counts(record(DocumentStatus.PENDING, day_ago), NOW)
    assert RULES.counts(record(DocumentStatus.AVAILABLE, day_ago), NOW)
    assert not RULES.counts(record(DocumentStatus.REJECTED), NOW)


def test_keys_come_from_ids_never_from_names() -> None:
    named = replace(record(DocumentStatus.PENDING), name="../../etc/passwd", id=new_id("file"), owner_id=new_id("usr"))

    assert checked_key(upload_key(named)) == f"uploads/{named.owner_id}/{named.id}"
    assert checked_key(key_for(named.owner_id, named.id)) == f"documents/{named.owner_id}/{named.id}"
