"""Pages of the directory: two queries each (the edition, and the page), and a third for whoever asks for the total."""

from typing import Any

from shared.pagination import Page, PageRequest
from subgraphs.doctors.documents import CounterDocument, DoctorDocument
from subgraphs.doctors.repository.directory import ORDERS, DirectoryQuery, DoctorSort, Placed, Position
from subgraphs.doctors.repository.doctors import read
from subgraphs.doctors.repository.standing import COUNTER, EDITIONS_KEPT


class DirectoryPages:
    """Reads the directory."""

    async def page(self, query: DirectoryQuery, sort: DoctorSort, request: PageRequest) -> Page[Placed]:
        """Answer a page of one edition of a list (`repository.standing` says what that is)."""
        position = Position.of(request, sort)
        counter = await CounterDocument.get_pymongo_collection().find_one({"_id": COUNTER})
        edition: int = counter["value"] if counter else 0
        if position is not None and edition - EDITIONS_KEPT < position.edition <= edition:
            edition = position.edition
        pipeline = _pipeline(query, sort, request, edition, position)
        cursor = await DoctorDocument.get_pymongo_collection().aggregate(pipeline)
        rows = [Placed(read(row), row["place"], edition) async for row in cursor]
        return Page.cut(rows, request)

    async def count(self, query: DirectoryQuery) -> int:
        """Answer how many doctors there are."""
        return await DoctorDocument.get_pymongo_collection().count_documents(query.as_filter())


def _pipeline(
    query: DirectoryQuery, sort: DoctorSort, request: PageRequest, edition: int, position: Position | None
) -> list[dict[str, Any]]:
    """Take those who stand where they stood, in the order of the index, and merge in those who moved since."""
    kind, way = ORDERS[sort]
    travel = -way if request.backward else way
    beyond = {"$gt" if travel == 1 else "$lt": position.place} if position is not None else None
    standing, limit = f"standing.{kind}", {"$limit": request.size + 1}
    still: dict[str, Any] = {"$and": [query.as_filter(), {"since": {"$lte": edition}}]}
    if beyond is not None:
        still["$and"].append({standing: beyond})
    before = {"$first": {"$filter": {"input": "$earlier", "cond": {"$gt": ["$$this.until", edition]}}}}
    moved: list[dict[str, Any]] = [
        {"$match": {"$and": [query.as_filter(), {"since": {"$gt": edition}}]}},
        {"$set": {"before": before}},
        {"$set": {"place": {"$ifNull": [f"$before.standing.{kind}", f"${standing}"]}}},
        *([{"$match": {"place": beyond}}] if beyond is not None else []),
        {"$sort": {"place": travel}},
        limit,
    ]
    return [
        {"$match": still},
        {"$sort": {standing: travel}},
        limit,
        {"$set": {"place": f"${standing}"}},
        {"$unionWith": {"coll": DoctorDocument.get_collection_name(), "pipeline": moved}},
        {"$sort": {"place": travel}},
        limit,
        {"$unset": ["before", "earlier"]},
    ]
