"""Uploaded documents: what is announced, what is kept of one, and the rules, the same for everyone who has some."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.blobs.refusals import (
    FileTooLarge,
    UnacceptableDocument,
    UnsupportedContentType,
)

MAX_NAME: Final = 255
MAX_KIND: Final = 64
SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")


class DocumentStatus(StrEnum):
    """How far a document has come."""

    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What a subgraph keeps of a document. `sha256` is the announced one, and once AVAILABLE that of the bytes."""

    id: str
    owner_id: str
    name: str
    content_type: str
    size: int
    kind: str
    sha256: str | None
    status: DocumentStatus
    created_at: datetime
    uploaded_at: datetime | None = None
    rejection: str | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an owner says of a file before sending it."""

    name: str
    content_type: str
    size: int
    kind: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """What is taken, how much of it, and for how long addresses are good.

    A PENDING document lapses: after that it cannot be completed and no longer counts.
    """

    content_types: frozenset[str] = frozenset({"application/pdf", "image/png", "image/jpeg"})
    max_size: int = 10 * 1024 * 1024
    max_documents: int = 20
    upload_for: timedelta = timedelta(minutes=15)
    download_for: timedelta = timedelta(minutes=5)
    lapses_after: timedelta = timedelta(hours=24)

    def lapsed(self, record: DocumentRecord, now: datetime) -> bool:
        """Tell whether a document has been PENDING for too long."""
        return record.status is DocumentStatus.PENDING and now >= record.created_at + self.lapses_after

    def counts(self, record: DocumentRecord, now: datetime) -> bool:
        """Tell whether a document is one of the owner's `max_documents`."""
        return record.status is not DocumentStatus.REJECTED and not self.lapsed(record, now)

    def cleaned(self, announced: Announcement) -> Announcement:
        """Answer the announcement in its normal form, or raise the Refusal that names the field that is wrong."""
        content_type = announced.content_type.strip().lower()
        if content_type not in self.content_types:
            raise UnsupportedContentType(field=["contentType"])
        if announced.size > self.max_size:
            raise FileTooLarge(f"A file may have up to {self.max_size} bytes.", field=["sizeBytes"])
        if announced.size < 1:
            raise UnacceptableDocument("A file has at least one byte.", field=["sizeBytes"])
        checksum = announced.sha256.strip().lower() if announced.sha256 is not None else None
        if checksum is not None and not SHA256_HEX.fullmatch(checksum):
            raise UnacceptableDocument("A SHA-256 is 64 hexadecimal digits.", field=["sha256"])
        return Announcement(
            name=_line(announced.name.replace("\\", "/").rpartition("/")[2], "name", MAX_NAME),
            content_type=content_type,
            size=announced.size,
            kind=_line(announced.kind, "kind", MAX_KIND),
            sha256=checksum,
        )


def upload_key(record: DocumentRecord) -> str:
    """Answer where the file arrives."""
    return f"uploads/{record.owner_id}/{record.id}"


def key_for(owner_id: str, document_id: str) -> str:
    """Answer where a checked file is kept."""
    return f"documents/{owner_id}/{document_id}"


def _line(text: str, field: str, limit: int) -> str:
    """Answer one clean line of text: composed, without characters that break lines or change its direction."""
    text = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(text) <= limit:
        raise UnacceptableDocument(f"This needs 1 to {limit} characters.", field=[field])
    if any(_hidden(character) for character in text):
        raise UnacceptableDocument("This has characters that cannot be shown.", field=[field])
    return text


def _hidden(character: str) -> bool:
    # Joiners are invisible too, but Hindi is not written right without them.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\u200c\u200d"
