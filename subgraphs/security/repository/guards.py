"""Guards: what serialises transactions that read different documents than they write."""

from subgraphs.security.documents import GuardDocument


class GuardRepository:
    """Lets one transaction at a time through a guard."""

    async def pass_alone(self, name: str) -> None:
        """Write the guard's document, so that of two transactions that pass at once the later one runs again.

        Needed where each of two would be right alone: two admins who revoke one another write different accounts, and
        each counts the other as the one who remains.
        """
        await GuardDocument.get_pymongo_collection().update_one({"_id": name}, {"$inc": {"passed": 1}}, upsert=True)
