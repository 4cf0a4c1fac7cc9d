"""The Document family of the graph, shared by the subgraphs whose objects have documents, with its refusals."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from shared.blobs import store
from shared.blobs.archive import DocumentArchive
from shared.blobs.documents import Announcement, DocumentRecord, DocumentStatus
from shared.blobs.shelf import Completion
from shared.errors import Refusal
from shared.graphql.access import VISIBLE, Rules
from shared.graphql.values import UserError

strawberry.enum(DocumentStatus)


@strawberry.federation.type(shareable=True)
class Document:
    id: strawberry.ID
    name: str
    content_type: str
    size_bytes: int
    kind: str
    status: DocumentStatus
    uploaded_at: datetime | None
    make_url: strawberry.Private[Callable[[], Awaitable[str | None]]]

    @strawberry.field(description="Short-lived signed download address; null until AVAILABLE.")
    async def download_url(self) -> str | None:
        return await self.make_url()

    @classmethod
    def of(cls, record: DocumentRecord, archive: DocumentArchive) -> Self:
        """Show a document to somebody who may have it."""
        return cls(
            id=strawberry.ID(record.id),
            name=record.name,
            content_type=record.content_type,
            size_bytes=record.size,
            kind=record.kind,
            status=record.status,
            uploaded_at=record.uploaded_at,
            make_url=lambda: archive.download_url(record),
        )


@strawberry.federation.type(shareable=True)
class UploadField:
    name: str
    value: str


@strawberry.federation.type(shareable=True)
class UploadTarget:
    url: str
    method: str
    fields: list[UploadField] = strawberry.field(
        description="Form fields (POST) or headers (PUT) to send with the file."
    )
    expires_at: datetime

    @classmethod
    def of(cls, target: store.UploadTarget) -> Self:
        """Show where to send a file."""
        fields = [UploadField(name=name, value=value) for name, value in target.fields]
        return cls(url=target.url, method=target.method, fields=fields, expires_at=target.expires_at)


@strawberry.enum
class ProfileErrorCode(Enum):
    INVALID_INPUT = "INVALID_INPUT"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105  A code, not a password.
    INVALID_STATE = "INVALID_STATE"
    NOT_FOUND = "NOT_FOUND"
    UNSUPPORTED_CONTENT_TYPE = "UNSUPPORTED_CONTENT_TYPE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UPLOAD_INCOMPLETE = "UPLOAD_INCOMPLETE"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"


@strawberry.federation.type(shareable=True)
class ProfileError(UserError):
    code: ProfileErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=ProfileErrorCode(refusal.code))


@strawberry.input
class CreateDocumentUploadInput:
    name: str
    content_type: str
    size_bytes: int
    kind: str
    sha256: str | None = None

    def read(self) -> Announcement:
        """Answer what is announced, unchecked."""
        return Announcement(self.name, self.content_type, self.size_bytes, self.kind, self.sha256)


@strawberry.input
class CompleteDocumentUploadInput:
    document_id: strawberry.ID


@strawberry.input
class DeleteDocumentInput:
    document_id: strawberry.ID


@strawberry.federation.type(shareable=True)
class CreateDocumentUploadPayload:
    document: Document | None = None
    upload: UploadTarget | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)


@strawberry.federation.type(shareable=True)
class CompleteDocumentUploadPayload:
    document: Document | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)

    @classmethod
    def of(cls, completion: Completion, archive: DocumentArchive) -> Self:
        """Show the document as it is now, and why it is not AVAILABLE."""
        errors = [ProfileError.of(completion.refusal)] if completion.refusal is not None else []
        return cls(document=Document.of(completion.record, archive), user_errors=errors)


@strawberry.federation.type(shareable=True)
class DeleteDocumentPayload:
    deleted_document_id: strawberry.ID | None = None
    user_errors: list[ProfileError] = strawberry.field(default_factory=list)


DOCUMENT_RULES: Rules = {
    "Document.*": VISIBLE,
    "UploadTarget.*": VISIBLE,
    "UploadField.*": VISIBLE,
    "ProfileError.*": VISIBLE,
    "CreateDocumentUploadPayload.*": VISIBLE,
    "CompleteDocumentUploadPayload.*": VISIBLE,
    "DeleteDocumentPayload.*": VISIBLE,
}
"""The rules of these types: who is given a document may read it."""
