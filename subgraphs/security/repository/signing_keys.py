"""The queries of signing keys."""

from collections.abc import Sequence
from datetime import datetime

from subgraphs.security.documents import SigningKeyDocument


class SigningKeyRepository:
    """Reads and writes signing keys."""

    async def add(self, key: SigningKeyDocument) -> None:
        """Insert."""
        await key.insert()

    async def all(self) -> list[SigningKeyDocument]:
        """Answer every key, the one that signs from the latest instant first."""
        return await SigningKeyDocument.find().sort([("signs_from", -1), ("_id", -1)]).to_list()  # type: ignore[list-item]  # Beanie's own alias of the pair's second half.

    async def retire(self, ids: Sequence[str], published_until: datetime) -> None:
        """Say until when keys are published."""
        await SigningKeyDocument.get_pymongo_collection().update_many(
            {"_id": {"$in": list(ids)}}, {"$set": {"published_until": published_until}}
        )

    async def delete_retired(self, now: datetime) -> None:
        """Delete the keys that are no longer published."""
        await SigningKeyDocument.find({"published_until": {"$lte": now}}).delete()
