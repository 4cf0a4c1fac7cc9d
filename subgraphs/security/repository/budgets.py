"""The queries of budgets: leaking buckets, each taken from in one atomic step."""

from datetime import datetime, timedelta

from pymongo import ReturnDocument

from subgraphs.security.documents import BudgetDocument, Row


class BudgetRepository:
    """Reads and writes budgets."""

    async def take(self, key: str, *, size: int, leak: timedelta, now: datetime) -> bool:
        """Add one attempt to a bucket of `size` that loses one each `leak`; False, and nothing added, if it is full."""
        # Another process's clock may be ahead of ours: time never runs backwards in a bucket.
        passed: Row = {"$max": [0, {"$subtract": [now, {"$ifNull": ["$at", now]}]}]}
        left: Row = {"$subtract": [{"$ifNull": ["$level", 0]}, {"$divide": [passed, leak / timedelta(milliseconds=1)]}]}
        found: Row = await BudgetDocument.get_pymongo_collection().find_one_and_update(
            {"_id": key},
            [
                {"$set": {"level": {"$max": [0, left]}, "at": {"$max": [now, "$at"]}, "gone_at": now + leak * size}},
                {"$set": {"taken": {"$lte": ["$level", size - 1]}}},
                {"$set": {"level": {"$add": ["$level", {"$cond": ["$taken", 1, 0]}]}}},
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )  # type: ignore[assignment]  # An upsert always answers a document.
        return bool(found["taken"])

    async def give_back(self, key: str) -> None:
        """Take one attempt out of a bucket again."""
        await BudgetDocument.get_pymongo_collection().update_one(
            {"_id": key}, [{"$set": {"level": {"$max": [0, {"$subtract": ["$level", 1]}]}}}]
        )

    async def delete_drained(self, now: datetime) -> None:
        """Delete buckets that have nothing left in them."""
        await BudgetDocument.find({"gone_at": {"$lt": now}}).delete()

    async def empty(self, key: str) -> None:
        """Forget every attempt of a bucket."""
        await BudgetDocument.find({"_id": key}).delete()
