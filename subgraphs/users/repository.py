"""The queries. Each of the batched ones costs one query however many keys it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from shared.stores.mongo import MongoStore
from shared.stores.words import fold, words_filter
from subgraphs.users.documents import CareDocument, UserDocument

NEWEST_FIRST = (("created_at", -1), ("_id", -1))
ACTIVATED = {"account_id": {"$type": "string"}}


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Which patients are asked for: by e-mail (whatever its case), and by the beginnings of words."""

    email: str | None = None
    text: str | None = None

    def as_filter(self) -> dict[str, Any]:
        """Answer the filter."""
        found: list[dict[str, Any]] = [ACTIVATED]
        if self.email is not None and self.email.strip():
            found.append({"email_key": fold(self.email)})
        if self.text is not None and self.text.strip():
            found.append(words_filter(self.text))
        return {"$and": found}


class UserRepository:
    """Reads and writes patients, in the store's current transaction where there is one."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, user: UserDocument) -> None:
        """Insert a profile."""
        await user.insert(session=self._store.session)

    async def get(self, user_id: str) -> UserDocument | None:
        """Answer one patient whose registration is complete."""
        return await UserDocument.find_one({"_id": user_id, **ACTIVATED}, session=self._store.session)

    async def activate(self, user_id: str, account_id: str) -> UserDocument | None:
        """Give a profile its account; None if it has one already, or is gone."""
        return await self._change({"_id": user_id, "account_id": None}, {"account_id": account_id})

    async def change(self, user_id: str, fields: Mapping[str, Any]) -> UserDocument | None:
        """Set fields of a patient; None if there is no such one."""
        return await self._change({"_id": user_id, **ACTIVATED}, fields)

    async def delete(self, user_id: str) -> bool:
        """Delete a profile, and who saw the patient; tells whether there was one."""
        session = self._store.session
        await CareDocument.get_pymongo_collection().delete_many({"user_id": user_id}, session=session)
        deleted = await UserDocument.get_pymongo_collection().delete_one({"_id": user_id}, session=session)
        return deleted.deleted_count > 0

    async def delete_unregistered(self, user_id: str) -> None:
        """Delete a profile that got no account."""
        await UserDocument.get_pymongo_collection().delete_one({"_id": user_id, "account_id": None})

    async def delete_orphans(self, before: datetime) -> int:
        """Delete profiles that got no account since they were made."""
        orphans = {"account_id": None, "created_at": {"$lt": before}}
        return (await UserDocument.get_pymongo_collection().delete_many(orphans)).deleted_count

    async def by_id(self, ids: Sequence[str]) -> list[UserDocument | None]:
        """Answer patients in the order of `ids`."""
        found = {user.id: user async for user in UserDocument.find({"_id": {"$in": list(ids)}, **ACTIVATED})}
        return [found.get(key) for key in ids]

    async def by_account(self, account_ids: Sequence[str]) -> list[UserDocument | None]:
        """Answer the patient of each account, in order."""
        query = {"account_id": {"$in": list(account_ids)}}
        found = {user.account_id: user async for user in UserDocument.find(query)}
        return [found.get(key) for key in account_ids]

    async def page(self, query: UserQuery, request: PageRequest) -> Page[UserDocument]:
        """Answer a page of patients, newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        rows = UserDocument.find({"$and": [query.as_filter(), beyond]}).sort(*_order(order)).limit(request.size + 1)
        return Page.cut(await rows.to_list(), request)

    async def count(self, query: UserQuery) -> int:
        """Answer how many patients there are."""
        return await UserDocument.get_pymongo_collection().count_documents(query.as_filter())

    async def note_care(self, doctor_id: str, user_id: str, *, confirmed: bool) -> None:
        """Keep that a doctor sees a patient; what was confirmed stays confirmed, in whatever order it is told."""
        change: dict[str, Any] = {"$setOnInsert": {"doctor_id": doctor_id, "user_id": user_id}}
        if confirmed:
            change["$set"] = {"confirmed": True}
        else:
            change["$setOnInsert"]["confirmed"] = False
        await CareDocument.get_pymongo_collection().update_one(
            {"_id": f"{doctor_id}/{user_id}"}, change, upsert=True, session=self._store.session
        )

    async def care(self, doctor_id: str, user_ids: Sequence[str]) -> list[CareDocument | None]:
        """Answer what one doctor has to do with each patient, in order."""
        keys = [f"{doctor_id}/{user_id}" for user_id in user_ids]
        found = {care.id: care async for care in CareDocument.find({"_id": {"$in": keys}})}
        return [found.get(key) for key in keys]

    async def _change(self, where: Mapping[str, Any], fields: Mapping[str, Any]) -> UserDocument | None:
        found = await UserDocument.get_pymongo_collection().find_one_and_update(
            where,
            {"$set": dict(fields), "$inc": {"version": 1}},
            return_document=ReturnDocument.AFTER,
            session=self._store.session,
        )
        return UserDocument.model_validate({**found, "id": found["_id"]}) if found else None


def _order(order: Sequence[tuple[str, int]]) -> list[str]:
    return [f"{'+' if way == 1 else '-'}{field}" for field, way in order]
