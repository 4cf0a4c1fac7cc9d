"""The queries of data exports."""

from collections.abc import Sequence
from datetime import datetime

from subgraphs.security.documents import ExportDocument


class ExportRepository:
    """Reads and writes the records of exports."""

    async def add(self, export: ExportDocument) -> None:
        """Insert."""
        await export.insert()

    async def get(self, export_id: str) -> ExportDocument | None:
        """Answer one export."""
        return await ExportDocument.find_one({"_id": export_id})

    async def latest(self, account_id: str, now: datetime) -> ExportDocument | None:
        """Answer an account's export that lasts longest."""
        query = {"account_id": account_id, "expires_at": {"$gt": now}}
        return await ExportDocument.find(query).sort("-expires_at").first_or_none()

    async def of(self, account_id: str) -> Sequence[ExportDocument]:
        """Answer an account's exports."""
        return await ExportDocument.find({"account_id": account_id}).to_list()

    async def expired(self, now: datetime) -> Sequence[ExportDocument]:
        """Answer the exports that have expired."""
        return await ExportDocument.find({"expires_at": {"$lte": now}}).to_list()

    async def delete(self, export: ExportDocument) -> None:
        """Delete one; nothing happens if it is gone."""
        await ExportDocument.get_pymongo_collection().delete_one({"_id": export.id})
