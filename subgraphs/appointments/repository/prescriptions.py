"""Prescriptions: inserted, never changed; of an erased patient's the PDF goes, which names them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from shared.stores.mongo import MongoStore
from subgraphs.appointments.documents import PrescriptionDocument

NEWEST_FIRST = (("issued_at", -1), ("_id", -1))


class VersionTaken(Exception):
    """Another prescription of the appointment got this version first; this transaction is lost."""


class PrescriptionRepository:
    """Reads and writes prescriptions."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, prescription: PrescriptionDocument) -> None:
        """Insert, or raise VersionTaken and end the transaction."""
        try:
            await prescription.insert(session=self._store.session)
        except DuplicateKeyError as error:
            raise VersionTaken from error

    async def by_id(self, ids: Sequence[str]) -> list[PrescriptionDocument | None]:
        """Answer prescriptions in the order of `ids`."""
        found = {row.id: row async for row in PrescriptionDocument.find({"_id": {"$in": list(ids)}})}
        return [found.get(key) for key in ids]

    async def forget_user(self, user_id: str) -> None:
        """Note of a patient's prescriptions that they name nobody any more."""
        await PrescriptionDocument.get_pymongo_collection().update_many(
            {"user_id": user_id}, {"$set": {"user_left": True}}
        )

    async def drawn_for(self, user_id: str) -> list[PrescriptionDocument]:
        """Answer a patient's prescriptions that have a PDF."""
        return await PrescriptionDocument.find({"user_id": user_id, "blob_key": {"$ne": ""}}).to_list()

    async def forget_pdf(self, prescription_id: str) -> None:
        """Note that a PDF is gone."""
        await PrescriptionDocument.get_pymongo_collection().update_one(
            {"_id": prescription_id}, {"$set": {"blob_key": ""}}
        )

    async def latest_of(self, appointment_ids: Sequence[str]) -> list[PrescriptionDocument | None]:
        """Answer each appointment's newest version, in order."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"appointment_id": {"$in": list(appointment_ids)}}},
            {
                "$group": {
                    "_id": "$appointment_id",
                    "row": {"$top": {"sortBy": {"version": -1}, "output": "$$ROOT"}},
                }
            },
        ]
        cursor = await PrescriptionDocument.get_pymongo_collection().aggregate(pipeline)
        found = {group["_id"]: _read(group["row"]) async for group in cursor}
        return [found.get(key) for key in appointment_ids]

    async def pages(
        self, user_ids: Sequence[str], doctor_id: str | None, request: PageRequest
    ) -> list[Page[PrescriptionDocument]]:
        """Answer the same page of each patient's prescriptions (of one doctor, if named), newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        by_doctor = {"doctor_id": doctor_id} if doctor_id is not None else {}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"user_id": {"$in": list(user_ids)}, **by_doctor, **beyond}},
            {
                "$group": {
                    "_id": "$user_id",
                    "rows": {"$topN": {"n": request.size + 1, "sortBy": dict(order), "output": "$$ROOT"}},
                }
            },
        ]
        cursor = await PrescriptionDocument.get_pymongo_collection().aggregate(pipeline)
        rows: defaultdict[str, list[PrescriptionDocument]] = defaultdict(list)
        async for group in cursor:
            rows[group["_id"]] = [_read(row) for row in group["rows"]]
        return [Page.cut(rows.get(key, []), request) for key in user_ids]


def _read(row: dict[str, Any]) -> PrescriptionDocument:
    read: PrescriptionDocument = PrescriptionDocument.model_validate({**row, "id": row["_id"]})
    return read
