"""The queries. Each of the batched ones costs one query however many keys it is given."""

from collections.abc import Sequence
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from shared.stores.mongo import MongoStore
from subgraphs.ratings.documents import AggregateDocument, RatingDocument, RatingStatus
from subgraphs.ratings.errors import AlreadyRated

NEWEST_FIRST = (("created_at", -1), ("_id", -1))


class RatingRepository:
    """Reads and writes ratings and aggregates, in the store's current transaction where there is one."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, rating: RatingDocument) -> None:
        """Insert; raises AlreadyRated when the appointment has one."""
        try:
            await rating.insert(session=self._store.session)
        except DuplicateKeyError as error:
            raise AlreadyRated from error

    async def get(self, rating_id: str) -> RatingDocument | None:
        """Answer one rating."""
        return await RatingDocument.get(rating_id, session=self._store.session)

    async def set_status(self, rating: RatingDocument, status: RatingStatus, reason: str) -> None:
        """Hide or show a rating."""
        rating.status = status
        rating.moderation_reason = reason
        await rating.save(session=self._store.session)

    async def forget_author(self, user_id: str, author: str) -> None:
        """Take name and words from a patient's ratings; the stars stay, and so do the doctors' averages."""
        await RatingDocument.get_pymongo_collection().update_many(
            {"user_id": user_id}, {"$set": {"author": author, "comment": None}}, session=self._store.session
        )

    async def change_aggregate(self, doctor_id: str, *, count: int, stars: int) -> AggregateDocument:
        """Add to a doctor's aggregate (amounts may be negative) and answer it as it is then."""
        found: dict[str, Any] | None = await AggregateDocument.get_pymongo_collection().find_one_and_update(
            {"_id": doctor_id},
            {"$inc": {"ratings": count, "total_stars": stars, "version": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=self._store.session,
        )
        assert found is not None, "an upsert answers the document"
        return AggregateDocument(**{**found, "id": found["_id"]})

    async def by_id(self, ids: Sequence[str]) -> list[RatingDocument | None]:
        """Answer ratings in the order of `ids`."""
        found = {rating.id: rating async for rating in RatingDocument.find({"_id": {"$in": list(ids)}})}
        return [found.get(key) for key in ids]

    async def by_appointment(self, appointment_ids: Sequence[str]) -> list[RatingDocument | None]:
        """Answer each appointment's rating, in order."""
        query = {"appointment_id": {"$in": list(appointment_ids)}}
        found = {rating.appointment_id: rating async for rating in RatingDocument.find(query)}
        return [found.get(key) for key in appointment_ids]

    async def aggregates(self, doctor_ids: Sequence[str]) -> list[AggregateDocument]:
        """Answer each doctor's aggregate, in order; an empty one for a doctor without ratings."""
        found = {row.id: row async for row in AggregateDocument.find({"_id": {"$in": list(doctor_ids)}})}
        return [found.get(key) or AggregateDocument(id=key) for key in doctor_ids]

    async def published_pages(self, doctor_ids: Sequence[str], request: PageRequest) -> list[Page[RatingDocument]]:
        """Answer the same page of each doctor's published ratings, newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        pipeline: list[dict[str, Any]] = [
            {"$match": {"doctor_id": {"$in": list(doctor_ids)}, "status": RatingStatus.PUBLISHED.value, **beyond}},
            {
                "$group": {
                    "_id": "$doctor_id",
                    "rows": {"$topN": {"n": request.size + 1, "sortBy": dict(order), "output": "$$ROOT"}},
                }
            },
        ]
        cursor = await RatingDocument.get_pymongo_collection().aggregate(pipeline)
        rows = {group["_id"]: [_read(row) for row in group["rows"]] async for group in cursor}
        totals = await self.aggregates(doctor_ids)
        return [
            Page.cut(rows.get(key, []), request, total.ratings) for key, total in zip(doctor_ids, totals, strict=True)
        ]


def _read(row: dict[str, Any]) -> RatingDocument:
    return RatingDocument(**{**row, "id": row["_id"]})
