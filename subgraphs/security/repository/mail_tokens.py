"""The queries of mailed tokens."""

from datetime import datetime

from pymongo import ReturnDocument

from subgraphs.security.documents import MailTokenDocument, MailTokenPurpose, Row


class MailTokenRepository:
    """Reads and writes mailed tokens."""

    async def add_once(self, token: MailTokenDocument) -> MailTokenDocument:
        """Insert, unless it is there: then answer it as it is."""
        fields = token.model_dump(exclude={"id"})
        found: Row = await MailTokenDocument.get_pymongo_collection().find_one_and_update(
            {"_id": token.id},
            {"$setOnInsert": {**fields, "purpose": token.purpose.value}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )  # type: ignore[assignment]  # An upsert always answers a document.
        kept: MailTokenDocument = MailTokenDocument.model_validate({**found, "id": found["_id"]})
        return kept

    async def get(self, token_hash: str) -> MailTokenDocument | None:
        """Answer a token, used ones too."""
        return await MailTokenDocument.find_one({"_id": token_hash})

    async def keep(self, token: MailTokenDocument) -> None:
        """Write back what was read in this transaction and changed."""
        await token.replace()

    async def delete_expired(self, before: datetime) -> None:
        """Delete tokens that expired before an instant."""
        await MailTokenDocument.find({"expires_at": {"$lt": before}}).delete()

    async def use_up(self, account_id: str, purpose: MailTokenPurpose, now: datetime) -> None:
        """Mark every unused token of an account and a purpose as used."""
        await MailTokenDocument.get_pymongo_collection().update_many(
            {"account_id": account_id, "purpose": purpose.value, "used_at": None}, {"$set": {"used_at": now}}
        )

    async def delete_all(self, account_id: str) -> None:
        """Delete every token of an account."""
        await MailTokenDocument.get_pymongo_collection().delete_many({"account_id": account_id})
