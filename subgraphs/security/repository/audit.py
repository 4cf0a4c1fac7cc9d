"""The queries of the audit trail. There is none that changes or deletes a link."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from subgraphs.security.documents import AuditDocument, AuditHeadDocument, Row

HEAD = "head"
LATEST_FIRST = (("_id", -1),)


@dataclass(frozen=True, slots=True)
class AuditCriteria:
    """Which links are listed; `since` is included, `until` is not."""

    resource_id: str | None = None
    actor_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self) -> Row:
        """Answer the filter."""
        named = {"resource_id": self.resource_id, "actor_id": self.actor_id, "action": self.action}
        query: Row = {field: value for field, value in named.items() if value is not None}
        span = {"$gte": self.since, "$lt": self.until}
        bounds = {operator: instant for operator, instant in span.items() if instant is not None}
        return {**query, "at": bounds} if bounds else query


class AuditRepository:
    """Reads the trail and appends to it."""

    async def head(self) -> AuditHeadDocument | None:
        """Answer where the trail ends; None for an empty one."""
        return await AuditHeadDocument.find_one({"_id": HEAD})

    async def has(self, event_id: str) -> bool:
        """Tell whether an event is in the trail."""
        return await AuditDocument.find_one({"event_id": event_id}) is not None

    async def append(self, link: AuditDocument) -> None:
        """Add a link and move the head there."""
        await link.insert()
        await AuditHeadDocument.get_pymongo_collection().update_one(
            {"_id": HEAD}, {"$set": {"number": link.id, "hash": link.hash}}, upsert=True
        )

    async def page(self, criteria: AuditCriteria, request: PageRequest) -> Page[AuditDocument]:
        """Answer a page of links, latest first."""
        beyond, order = mongo_keyset(LATEST_FIRST, request)
        found = AuditDocument.find({"$and": [criteria.query(), beyond]}).sort(order).limit(request.size + 1)
        return Page.cut(await found.to_list(), request)

    async def pages_of_users(self, user_ids: Sequence[str], request: PageRequest) -> list[Page[AuditDocument]]:
        """Answer the same page of the links about each patient, latest first."""
        beyond, order = mongo_keyset(LATEST_FIRST, request)
        rows: Row = {"$topN": {"n": request.size + 1, "sortBy": dict(order), "output": "$$ROOT"}}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"user_id": {"$in": list(user_ids)}, **beyond}},
            {"$group": {"_id": "$user_id", "rows": rows}},
        ]
        cursor = await AuditDocument.get_pymongo_collection().aggregate(pipeline)
        found = {group["_id"]: [_read(row) for row in group["rows"]] async for group in cursor}
        return [Page.cut(found.get(key, []), request) for key in user_ids]

    async def in_order(self) -> AsyncIterator[AuditDocument]:
        """Yield the whole trail, from its first link."""
        async for row in AuditDocument.get_pymongo_collection().find().sort("_id", 1):
            yield _read(row)


def _read(row: dict[str, Any]) -> AuditDocument:
    link: AuditDocument = AuditDocument.model_validate({**row, "id": row["_id"]})
    return link
