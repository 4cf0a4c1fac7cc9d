"""The queries."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from shared.mail.ses_notices import Reason
from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from shared.stores.mongo import MongoStore
from subgraphs.notifications.documents import (
    Kind,
    NotificationDocument,
    NotificationStatus,
    PreferencesDocument,
    SuppressionDocument,
)

NEWEST_FIRST = (("_id", -1),)


class NotificationRepository:
    """Reads and writes, in the store's current transaction where there is one."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, notification: NotificationDocument) -> None:
        """Insert, unless the same event was told to the same recipient before."""
        row = {**notification.model_dump(mode="python", exclude={"id", "revision_id"}), "_id": notification.id}
        row["kind"], row["status"] = notification.kind.value, notification.status.value
        await NotificationDocument.get_pymongo_collection().update_one(
            {"key": notification.key}, {"$setOnInsert": row}, upsert=True, session=self._store.session
        )

    async def take_due(self, now: datetime, keep_off: timedelta) -> NotificationDocument | None:
        """Take one message that is due, counting the attempt and keeping others off it for a while."""
        return await self._change(
            {"status": NotificationStatus.QUEUED.value, "due_at": {"$lte": now}},
            {"$set": {"due_at": now + keep_off}, "$inc": {"attempts": 1}},
            sort=[("due_at", 1)],
        )

    async def oldest_due(self) -> datetime | None:
        """Answer when the queued message that is due first is, or was, due."""
        rows = NotificationDocument.get_pymongo_collection().find(
            {"status": NotificationStatus.QUEUED.value}, {"due_at": 1}, sort=[("due_at", 1)], limit=1
        )
        return next((row["due_at"] for row in await rows.to_list()), None)

    async def finish(
        self,
        notification: NotificationDocument,
        status: NotificationStatus,
        *,
        subject: str = "",
        error: str | None = None,
        sent_at: datetime | None = None,
    ) -> bool:
        """Move a QUEUED message to its end; False if it has one."""
        change = {"status": status.value, "subject": subject, "last_error": error, "sent_at": sent_at}
        query = {"_id": notification.id, "status": NotificationStatus.QUEUED.value}
        return await self._change(query, {"$set": change}) is not None

    async def put_off(self, notification: NotificationDocument, until: datetime, error: str) -> None:
        """Try a message again later."""
        await self._change({"_id": notification.id}, {"$set": {"due_at": until, "last_error": error}})

    async def queue_again(self, notification_id: str, now: datetime) -> NotificationDocument | None:
        """Queue a FAILED message anew; None if it is not FAILED."""
        return await self._change(
            {"_id": notification_id, "status": NotificationStatus.FAILED.value},
            {"$set": {"status": NotificationStatus.QUEUED.value, "attempts": 0, "due_at": now}},
        )

    async def get(self, notification_id: str) -> NotificationDocument | None:
        """Answer one message."""
        return await NotificationDocument.get(notification_id, session=self._store.session)

    async def by_id(self, ids: Sequence[str]) -> list[NotificationDocument | None]:
        """Answer messages in the order of `ids`."""
        found = {row.id: row async for row in NotificationDocument.find({"_id": {"$in": list(ids)}})}
        return [found.get(key) for key in ids]

    async def page_of(self, recipient: str, request: PageRequest) -> Page[NotificationDocument]:
        """Answer a page of a recipient's messages, newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        query = NotificationDocument.find({"recipient": recipient, **beyond})
        return Page.cut(await query.sort(order).limit(request.size + 1).to_list(), request)

    async def preferences(self, user_ids: Sequence[str]) -> list[PreferencesDocument]:
        """Answer each patient's preferences, in order; the defaults for those who set none."""
        found = {row.id: row async for row in PreferencesDocument.find({"_id": {"$in": list(user_ids)}})}
        return [found.get(key) or PreferencesDocument(id=key) for key in user_ids]

    async def set_preferences(self, user_id: str, changes: dict[str, Any]) -> PreferencesDocument:
        """Change a patient's preferences and answer them."""
        defaults = PreferencesDocument(id=user_id).model_dump(exclude={"id", "revision_id", *changes})
        change: dict[str, Any] = {"$setOnInsert": defaults}
        if changes:
            change["$set"] = changes
        found: dict[str, Any] | None = await PreferencesDocument.get_pymongo_collection().find_one_and_update(
            {"_id": user_id}, change, upsert=True, return_document=ReturnDocument.AFTER, session=self._store.session
        )
        assert found is not None, "an upsert answers the document"
        return PreferencesDocument(**{**found, "id": found["_id"]})

    async def forget(self, recipients: Sequence[str]) -> None:
        """Delete messages to these, and their wishes; of those about them to others, the subject, which has names."""
        messages, session = NotificationDocument.get_pymongo_collection(), self._store.session
        await messages.delete_many({"recipient": {"$in": list(recipients)}}, session=session)
        about = {"about.user_id": {"$in": list(recipients)}}
        await messages.update_many(about, {"$set": {"subject": ""}}, session=session)
        await PreferencesDocument.get_pymongo_collection().delete_many(
            {"_id": {"$in": list(recipients)}}, session=session
        )

    async def suppress(self, key: str, reason: Reason, notification_id: str | None, now: datetime) -> None:
        """Note why an address gets no more mail; a bounce, which says more, replaces a complaint."""
        row = {"reason": reason.value, "notification_id": notification_id, "at": now}
        change = {"$set": row} if reason is Reason.BOUNCED else {"$setOnInsert": row}
        await SuppressionDocument.get_pymongo_collection().update_one(
            {"_id": key}, change, upsert=True, session=self._store.session
        )

    async def suppression(self, key: str) -> Reason | None:
        """Answer why an address gets no more mail; None if it does."""
        found = await SuppressionDocument.get(key, session=self._store.session)
        return found.reason if found is not None else None

    async def _change(self, query: dict[str, Any], change: dict[str, Any], **rest: Any) -> NotificationDocument | None:
        found: dict[str, Any] | None = await NotificationDocument.get_pymongo_collection().find_one_and_update(
            query, change, return_document=ReturnDocument.AFTER, session=self._store.session, **rest
        )
        return NotificationDocument(**{**found, "id": found["_id"], "kind": Kind(found["kind"])}) if found else None
