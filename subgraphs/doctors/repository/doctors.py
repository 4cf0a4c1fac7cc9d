"""Doctors one by one, and batches by key."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument

from shared.stores.mongo import MongoStore
from subgraphs.doctors.documents import CounterDocument, DoctorDocument, DoctorStatus
from subgraphs.doctors.repository.standing import COUNTER, earlier_standings, standing_of

ACTIVATED = {"account_id": {"$type": "string"}}


class DoctorRepository:
    """Reads and writes doctors, in the store's current transaction where there is one."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, doctor: DoctorDocument) -> None:
        """Insert a profile with its standing; one that nobody has seen needs no number."""
        doctor.standing = standing_of(doctor)
        await doctor.insert(session=self._store.session)

    async def get(self, doctor_id: str) -> DoctorDocument | None:
        """Answer one doctor whose registration is complete."""
        return await DoctorDocument.find_one({"_id": doctor_id, **ACTIVATED}, session=self._store.session)

    async def change(
        self, doctor_id: str, change: Mapping[str, Any], *, where: Mapping[str, Any] = ACTIVATED
    ) -> DoctorDocument | None:
        """Apply an update to a doctor for whom `where` holds, and number the change of standing if it is one.

        In a transaction. Answers the doctor as changed; None if there is none of whom `where` holds.
        """
        found = await DoctorDocument.get_pymongo_collection().find_one_and_update(
            {"_id": doctor_id, **where},
            change,
            return_document=ReturnDocument.AFTER,
            session=self._store.session,
        )
        if found is None:
            return None
        doctor = read(found)
        standing = standing_of(doctor)
        if standing != doctor.standing:
            number = await self._next_number()
            earlier = earlier_standings(doctor, number)
            moved = {"standing": standing, "since": number, "earlier": [one.model_dump() for one in earlier]}
            await DoctorDocument.get_pymongo_collection().update_one(
                {"_id": doctor_id}, {"$set": moved}, session=self._store.session
            )
            doctor = doctor.model_copy(update={"standing": standing, "since": number, "earlier": earlier})
        return doctor

    async def delete_unregistered(self, doctor_id: str) -> None:
        """Delete a profile that got no account."""
        await DoctorDocument.get_pymongo_collection().delete_one({"_id": doctor_id, "account_id": None})

    async def delete_orphans(self, before: datetime) -> int:
        """Delete profiles that got no account since they were made."""
        orphans = {"account_id": None, "created_at": {"$lt": before}}
        return (await DoctorDocument.get_pymongo_collection().delete_many(orphans)).deleted_count

    async def by_id(self, ids: Sequence[str]) -> list[DoctorDocument | None]:
        """Answer doctors in the order of `ids`."""
        query = {"_id": {"$in": list(ids)}, **ACTIVATED}
        found = {doctor.id: doctor async for doctor in DoctorDocument.find(query)}
        return [found.get(key) for key in ids]

    async def by_account(self, account_ids: Sequence[str]) -> list[DoctorDocument | None]:
        """Answer the doctor of each account, in order."""
        query = {"account_id": {"$in": list(account_ids)}}
        found = {doctor.account_id: doctor async for doctor in DoctorDocument.find(query)}
        return [found.get(key) for key in account_ids]

    async def due(self, now: datetime, limit: int) -> list[DoctorDocument]:
        """Answer active doctors whose availability wants asking anew, the longest due first."""
        query = {"status": DoctorStatus.ACTIVE.value, "availability_due": {"$lte": now}}
        return await DoctorDocument.find(query).sort("availability_due").limit(limit).to_list()

    async def ask(self, doctor_id: str, now: datetime, *, told: bool) -> int:
        """Draw the number of a question about a doctor's availability; unanswered, it leaves the doctor due.

        `told`: since something changed, and not only since time passed.
        """
        due = {"availability_due": now, **({"availability_wait": 0} if told else {})}
        found = await DoctorDocument.get_pymongo_collection().find_one_and_update(
            {"_id": doctor_id},
            {"$inc": {"availability_asked": 1}, "$set": due},
            projection={"availability_asked": 1},
            return_document=ReturnDocument.AFTER,
            session=self._store.session,
        )
        return int(found["availability_asked"]) if found else 0

    async def answer(
        self, doctor_id: str, number: int, open_dates: Sequence[str], following: datetime | None
    ) -> DoctorDocument | None:
        """Keep the answer to a question, unless a later one has been answered; in a transaction."""
        answer = {"open_dates": list(open_dates), "next_available": following, "availability_answered": number}
        return await self.change(doctor_id, {"$set": answer}, where={"availability_answered": {"$lt": number}})

    async def schedule(self, doctor_id: str, due: datetime, wait: int) -> None:
        """Say when to ask again, and how long the pause was if there was nothing to be had."""
        await DoctorDocument.get_pymongo_collection().update_one(
            {"_id": doctor_id},
            {"$set": {"availability_due": due, "availability_wait": wait}},
            session=self._store.session,
        )

    async def _next_number(self) -> int:
        counter = await CounterDocument.get_pymongo_collection().find_one_and_update(
            {"_id": COUNTER},
            {"$inc": {"value": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=self._store.session,
        )
        assert counter is not None, "an upsert that answers the document after it finds one"
        number: int = counter["value"]
        return number


def read(found: Mapping[str, Any]) -> DoctorDocument:
    """Make the document of what MongoDB answered."""
    doctor: DoctorDocument = DoctorDocument.model_validate({**found, "id": found["_id"]})
    return doctor
