"""The queries of known places."""

from datetime import datetime

from subgraphs.security.documents import PlaceDocument


class PlaceRepository:
    """Reads and writes known places."""

    async def knows(self, place: str) -> bool:
        """Tell whether a place is known."""
        return await PlaceDocument.find_one({"_id": place}) is not None

    async def delete_unseen(self, since: datetime) -> None:
        """Delete places that were not seen since an instant."""
        await PlaceDocument.find({"seen_at": {"$lt": since}}).delete()

    async def remember(self, place: str, now: datetime) -> None:
        """Make a place known from now on."""
        await PlaceDocument.get_pymongo_collection().update_one({"_id": place}, {"$set": {"seen_at": now}}, upsert=True)
