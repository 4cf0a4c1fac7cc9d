"""What is particular to the MongoDB store: forgotten sessions, order whatever the clocks say, indexes, outages."""

import asyncio
from typing import ClassVar

import pytest
from beanie import Document
from bson import Timestamp
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from shared.events.envelope import to_json
from shared.ids import new_id
from shared.stores.mongo import INBOX_SECONDS, MongoStore
from shared.stores.transactions import StoreUnavailable
from tests.shared.events.events import fact


class Shop(Document):
    """A document with a unique key."""

    name: str

    class Settings:
        name = "shops"
        indexes: ClassVar[list[IndexModel]] = [IndexModel("name", unique=True)]


@pytest.fixture
async def store(mongo_store: MongoStore) -> MongoStore:
    await mongo_store.open([Shop])
    return mongo_store


async def test_beanie_joins_the_transaction_without_being_handed_the_session(store: MongoStore) -> None:
    async def work() -> None:
        await Shop(name="one").insert()
        assert await Shop.count() == 1
        assert await Shop.find(Shop.name == "one").to_list() != []
        raise KeyError("no")

    with pytest.raises(KeyError):
        await store.transaction(work)

    assert await Shop.count() == 0


async def test_the_session_is_there_inside_a_transaction_only(store: MongoStore) -> None:
    async def work() -> bool:
        await Shop(name="one").insert(session=store.session)
        return store.session is not None and store.session.in_transaction

    assert store.session is None
    assert await store.transaction(work) is True
    assert store.session is None
    assert await Shop.count() == 1


async def test_a_duplicate_key_ends_the_transaction_and_reaches_the_caller(store: MongoStore) -> None:
    async def work() -> None:
        await Shop(name="one").insert()
        store.publish(fact("a", 1))

    await store.transaction(work)
    with pytest.raises(DuplicateKeyError):
        await store.transaction(work)

    assert await Shop.count() == 1
    assert len(await store.unpublished(10)) == 1


async def test_instants_come_back_aware(store: MongoStore) -> None:
    async def work() -> bool:
        return await store.first_time("reader", "evt_1")

    await store.transaction(work)

    mark = await store.database["inbox"].find_one({"_id": "reader/evt_1"})
    assert mark is not None
    assert mark["at"].utcoffset() is not None


async def test_the_inbox_expires_and_the_outbox_has_an_order(store: MongoStore) -> None:
    inbox = await store.database["inbox"].index_information()
    outbox = await store.database["outbox"].index_information()

    assert inbox["at_1"]["expireAfterSeconds"] == INBOX_SECONDS
    assert outbox["position_1_number_1"]["key"] == [("position", 1), ("number", 1)]


async def test_a_position_is_before_its_commit_and_after_the_one_before(store: MongoStore) -> None:
    async def publish_only() -> None:
        store.publish(fact("a", 1))

    async def write_and_publish() -> None:
        await Shop.find_one(Shop.name == "one").upsert({"$set": {"name": "one"}}, on_insert=Shop(name="one"))
        store.publish(fact("a", 2), fact("a", 3))

    for work in (publish_only, write_and_publish, publish_only):
        await store.transaction(work)

    rows = await store.database["outbox"].find().sort("_id").to_list()
    positions: list[tuple[Timestamp, int]] = [(row["position"], row["number"]) for row in rows]
    assert len(set(positions)) == 4
    assert positions == sorted(positions)


async def test_the_outbox_goes_by_position_and_number_not_by_arrival(store: MongoStore) -> None:
    events = [fact("a", n) for n in range(4)]
    places = [(Timestamp(7, 1), 0), (Timestamp(7, 1), 1), (Timestamp(7, 2), 0), (Timestamp(8, 1), 0)]
    rows = [
        {"_id": event.id, "position": position, "number": number, "body": to_json(event).decode()}
        for event, (position, number) in zip(events, places, strict=True)
    ]
    await store.database["outbox"].insert_many(reversed(rows))

    assert await store.unpublished(3) == events[:3]


async def test_opening_at_once_and_again_does_no_harm(mongo_url: str) -> None:
    name = new_id("t")
    stores = [MongoStore.connect(mongo_url, name) for _ in range(3)]

    await asyncio.gather(*(store.open([Shop]) for store in stores))
    await stores[0].open([Shop])

    assert sorted(await stores[0].database.list_collection_names()) == ["inbox", "leases", "outbox", "shops"]
    await stores[0].database.client.drop_database(name)
    for store in stores:
        await store.close()


async def test_a_database_that_does_not_answer_is_an_outage_not_a_fault() -> None:
    store = MongoStore.connect("mongodb://127.0.0.1:1/", "nowhere", patience=0.1)

    async def work() -> None:
        await store.database["shops"].insert_one({"_id": 1})

    with pytest.raises(StoreUnavailable):
        await store.transaction(work)
    await store.close()


async def test_what_a_dead_process_holds_is_an_outage_until_the_database_lets_it_go(
    mongo_store: MongoStore, mongo_url: str
) -> None:
    shops = mongo_store.database["shops"]
    await shops.insert_one({"_id": 1, "n": 0})
    hasty = MongoStore.connect(mongo_url, mongo_store.database.name, patience=0.1)

    async def work() -> None:
        await hasty.database["shops"].update_one({"_id": 1}, {"$inc": {"n": 1}})

    async with mongo_store.database.client.start_session() as session, await session.start_transaction():
        await shops.update_one({"_id": 1}, {"$inc": {"n": 10}}, session=session)
        with pytest.raises(StoreUnavailable):
            await hasty.transaction(work)
        await session.abort_transaction()
    await hasty.transaction(work)

    assert await shops.find_one({"_id": 1}) == {"_id": 1, "n": 1}
    await hasty.close()
