"""The life of an uploaded document, over a blob store.

    begin     -> a PENDING record and an address to send the file to
    complete  -> AVAILABLE if what arrived is what was announced, else REJECTED with the reason
    discard   -> the bytes are gone

Keeping the records is the caller's: each subgraph saves the record it is given and never changes one itself. An upload
address may be used until it expires, also after the check; so files arrive under one key, and those that pass are
written under another, to which no upload address was ever made. What is checked is what is served.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import filetype

from shared.blobs.documents import Announcement, DocumentRecord, DocumentRules, DocumentStatus, key_for, upload_key
from shared.blobs.refusals import (
    REJECTIONS,
    ChecksumMismatch,
    FileTooLarge,
    TooManyDocuments,
    UnsupportedContentType,
    UploadIncomplete,
)
from shared.blobs.store import BlobMissing, BlobStore, UploadTarget
from shared.clock import Clock
from shared.errors import Refusal
from shared.ids import new_id

DOCUMENT_ID_PREFIX: Final = "file"


@dataclass(frozen=True, slots=True)
class Completion:
    """The record as it is now, to be saved, and why it is not AVAILABLE, to be told."""

    record: DocumentRecord
    refusal: Refusal | None


class DocumentShelf:
    """Applies the rules over a blob store."""

    def __init__(self, store: BlobStore, clock: Clock, rules: DocumentRules | None = None) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules or DocumentRules()

    async def begin(
        self, owner_id: str, announced: Announcement, existing: Iterable[DocumentRecord]
    ) -> tuple[DocumentRecord, UploadTarget]:
        """Make a PENDING record, to be saved, and its upload address; `existing` are all records of the owner."""
        announced = self._rules.cleaned(announced)
        now = self._clock.now()
        if sum(self._rules.counts(record, now) for record in existing) >= self._rules.max_documents:
            raise TooManyDocuments
        record = DocumentRecord(
            id=new_id(DOCUMENT_ID_PREFIX),
            owner_id=owner_id,
            name=announced.name,
            content_type=announced.content_type,
            size=announced.size,
            kind=announced.kind,
            sha256=announced.sha256,
            status=DocumentStatus.PENDING,
            created_at=now,
        )
        target = await self._store.presign_upload(
            upload_key(record),
            content_type=record.content_type,
            size=record.size,
            sha256=record.sha256,
            expires_in=self._rules.upload_for,
        )
        return record, target

    async def complete(self, record: DocumentRecord) -> Completion:
        """Check what has arrived. Completing twice answers the same; what has not arrived yet stays PENDING."""
        match record.status:
            case DocumentStatus.AVAILABLE:
                return Completion(record, None)
            case DocumentStatus.REJECTED:
                return Completion(record, REJECTIONS[record.rejection or UploadIncomplete.code]())
            case DocumentStatus.PENDING if self._rules.lapsed(record, self._clock.now()):
                return await self._reject(record, UploadIncomplete("The file was not completed in time."))
            case DocumentStatus.PENDING:
                return await self._admit(record)

    async def _admit(self, record: DocumentRecord) -> Completion:
        # Look where files arrive, then where they are kept: an earlier completion may have died before it was saved,
        # and one that runs at this moment may be about to move the file.
        for key in (upload_key(record), key_for(record.owner_id, record.id)):
            info = await self._store.head(key)
            if info is None or info.size < record.size:
                continue
            if info.size > record.size:
                return await self._reject(record, FileTooLarge("The file is larger than announced."))
            try:
                data = await self._store.read(key)
            except BlobMissing:
                continue
            return await self._judge(record, data)
        return Completion(record, UploadIncomplete())

    async def _judge(self, record: DocumentRecord, data: bytes) -> Completion:
        digest, refusal = await asyncio.to_thread(_examine, data, record)
        if refusal is not None:
            return await self._reject(record, refusal)
        await self._store.write(key_for(record.owner_id, record.id), data, record.content_type)
        await self._store.delete(upload_key(record))
        now = self._clock.now()
        return Completion(replace(record, status=DocumentStatus.AVAILABLE, sha256=digest, uploaded_at=now), None)

    async def _reject(self, record: DocumentRecord, refusal: Refusal) -> Completion:
        await self.discard(record)
        return Completion(replace(record, status=DocumentStatus.REJECTED, rejection=refusal.code), refusal)

    async def discard(self, record: DocumentRecord) -> None:
        """Delete the bytes, again and again if need be; call it before the record is deleted, so that none are left."""
        await self._store.delete(upload_key(record))
        await self._store.delete(key_for(record.owner_id, record.id))

    async def download_url(self, record: DocumentRecord) -> str | None:
        """Make a short-lived address; None until the document is AVAILABLE. Who may have it is the caller's to say."""
        if record.status is not DocumentStatus.AVAILABLE:
            return None
        return await self._store.presign_download(
            key_for(record.owner_id, record.id),
            filename=record.name,
            content_type=record.content_type,
            expires_in=self._rules.download_for,
        )


def _examine(data: bytes, record: DocumentRecord) -> tuple[str, Refusal | None]:
    """Answer the SHA-256 of the bytes, and what is wrong with them."""
    digest = sha256(data).hexdigest()
    if record.sha256 is not None and digest != record.sha256:
        return digest, ChecksumMismatch()
    if filetype.guess_mime(data) != record.content_type:
        return digest, UnsupportedContentType()
    return digest, None
