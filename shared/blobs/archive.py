"""Documents kept for their owners: records in MongoDB over the shelf of bytes, the same for everyone who has some.

A subgraph declares a class of its own (`class FileDocument(ArchivedFile, Document)`) and hands it over: Beanie binds a
class to one database, and its base classes too, which is why `ArchivedFile` is none of Beanie's. How many documents an
owner has is checked in a transaction that writes the owner, so that of two uploads begun at once the second sees the
first. Bytes are touched outside of transactions; a record that has gone meanwhile takes them along. Every change is
audited, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar

from beanie import Document
from pydantic import BaseModel
from pymongo import ASCENDING, IndexModel

from shared.audit import audited
from shared.auth import Caller
from shared.blobs.documents import Announcement, DocumentRecord, DocumentStatus
from shared.blobs.shelf import Completion, DocumentShelf
from shared.blobs.store import UploadTarget
from shared.clock import Clock
from shared.errors import Refusal
from shared.stores.mongo import MongoStore

LAPSED_FOR = timedelta(days=2)
"""Uploads that were begun so long ago, and never completed, are swept away."""


class NoSuchDocument(Refusal):
    """There is none, or it is another owner's."""

    code = "NOT_FOUND"
    message = "There is no such document."


class ArchivedFile(BaseModel):
    """The record of one document, as MongoDB keeps it."""

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

    class Settings:
        name = "files"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("owner_id", ASCENDING), ("_id", ASCENDING)]),
            IndexModel([("status", ASCENDING), ("created_at", ASCENDING)]),
        ]


class DocumentArchive:
    """Begins, completes, lists and deletes documents; `owners` is the collection of those who have them."""

    def __init__(
        self,
        store: MongoStore,
        files: type[Document],
        owners: type[Document],
        shelf: DocumentShelf,
        clock: Clock,
        *,
        source: str,
        of_patients: bool = False,
    ) -> None:
        self._store = store
        self._files = files
        self._owners = owners
        self._shelf = shelf
        self._clock = clock
        self._source = source
        self._of_patients = of_patients

    async def begin(
        self, caller: Caller, owner_id: str, announced: Announcement
    ) -> tuple[DocumentRecord, UploadTarget]:
        """Make a PENDING document and the address to send it to; raises the shelf's refusals."""

        async def work() -> tuple[DocumentRecord, UploadTarget]:
            owners = self._owners.get_pymongo_collection()
            owner = await owners.update_one(
                {"_id": owner_id}, {"$inc": {"files_begun": 1}}, session=self._store.session
            )
            if not owner.matched_count:
                # An access token outlives an account that was erased.
                raise NoSuchDocument
            (existing,) = await self.of_owners([owner_id])
            record, target = await self._shelf.begin(owner_id, announced, existing)
            row = {**asdict(record), "status": record.status.value, "_id": record.id}
            del row["id"]
            await self._collection.insert_one(row, session=self._store.session)
            self._audit(caller, "document.begin", record)
            return record, target

        return await self._store.transaction(work)

    async def complete(self, caller: Caller, owner_id: str, document_id: str) -> Completion:
        """Check what has arrived; raises NoSuchDocument. Completing again answers the same."""
        completion = await self._shelf.complete(await self._owned(owner_id, document_id))
        record = completion.record
        if record.status is DocumentStatus.PENDING:
            return completion

        async def work() -> bool:
            written = await self._collection.update_one(
                {"_id": document_id, "status": DocumentStatus.PENDING.value},
                {
                    "$set": {
                        "status": record.status.value,
                        "sha256": record.sha256,
                        "uploaded_at": record.uploaded_at,
                        "rejection": record.rejection,
                    }
                },
                session=self._store.session,
            )
            if written.modified_count:
                outcome = "ok" if completion.refusal is None else completion.refusal.code
                self._audit(caller, "document.complete", record, outcome)
                return True
            return await self._collection.find_one({"_id": document_id}, session=self._store.session) is not None

        if not await self._store.transaction(work):
            # Deleted while it was being checked.
            await self._shelf.discard(record)
            raise NoSuchDocument(field=["documentId"])
        return completion

    async def delete(self, caller: Caller, owner_id: str, document_id: str) -> None:
        """Delete a document, bytes first; raises NoSuchDocument."""
        record = await self._owned(owner_id, document_id)
        await self._shelf.discard(record)

        async def work() -> None:
            deleted = await self._collection.delete_one({"_id": document_id}, session=self._store.session)
            if deleted.deleted_count:
                self._audit(caller, "document.delete", record)

        await self._store.transaction(work)

    async def of_owners(self, owner_ids: Sequence[str]) -> list[list[DocumentRecord]]:
        """Answer each owner's documents, oldest first, in one query."""
        found: dict[str, list[DocumentRecord]] = {owner_id: [] for owner_id in owner_ids}
        rows = self._collection.find({"owner_id": {"$in": list(found)}}, session=self._store.session).sort("_id")
        async for row in rows:
            found[row["owner_id"]].append(_record(row))
        return [found[owner_id] for owner_id in owner_ids]

    async def delete_all(self, owner_id: str) -> None:
        """Delete an owner's documents with their bytes, once the owner is gone; again and again if need be."""
        (records,) = await self.of_owners([owner_id])
        for record in records:
            await self._shelf.discard(record)
            await self._collection.delete_one({"_id": record.id})

    async def download_url(self, record: DocumentRecord) -> str | None:
        """Make a short-lived address, for whom the caller has found entitled; None until AVAILABLE."""
        return await self._shelf.download_url(record)

    async def sweep(self) -> None:
        """Delete uploads that were begun long ago and never completed."""
        lapsed = {"status": DocumentStatus.PENDING.value, "created_at": {"$lt": self._clock.now() - LAPSED_FOR}}
        async for row in self._collection.find(lapsed):
            await self._shelf.discard(_record(row))
            await self._collection.delete_one({"_id": row["_id"], "status": DocumentStatus.PENDING.value})

    @property
    def _collection(self) -> Any:
        return self._files.get_pymongo_collection()

    async def _owned(self, owner_id: str, document_id: str) -> DocumentRecord:
        row = await self._collection.find_one({"_id": document_id, "owner_id": owner_id})
        if row is None:
            raise NoSuchDocument(field=["documentId"])
        return _record(row)

    def _audit(self, caller: Caller, action: str, record: DocumentRecord, outcome: str = "ok") -> None:
        deed = audited(
            self._source,
            caller,
            self._clock,
            action=action,
            resource=("Document", record.id),
            user_id=record.owner_id if self._of_patients else None,
            outcome=outcome,
        )
        self._store.publish(deed)


def _record(row: dict[str, Any]) -> DocumentRecord:
    return DocumentRecord(**ArchivedFile(**{**row, "id": row["_id"]}).model_dump())
