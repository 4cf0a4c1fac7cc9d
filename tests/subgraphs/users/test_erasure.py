"""A patient whose account was erased: profile and documents are gone, and come back by no late event or upload."""

from shared.events.declared import EventData
from tests.subgraphs.callers import ADMIN
from tests.subgraphs.harness import World
from tests.subgraphs.users.test_documents import COMPLETE, CREATE, PDF, send
from tests.subgraphs.users.test_profiles import book, register

SHOW = "query($id: ID!) { user(id: $id) { id email } }"


class AccountErased(EventData):
    type = "account.erased"
    account_id: str
    profile_id: str


class AccountCreated(EventData):
    type = "account.created"
    account_id: str
    profile_id: str
    role: str


async def left(world: World, user_id: str) -> None:
    gone = AccountErased(account_id=user_id.replace("usr_", "acc_"), profile_id=user_id)
    await world.deliver("security", gone.account_id, gone)


async def test_profile_and_documents_go_once_and_for_good(world: World) -> None:
    patient = await register(world)
    assert patient.user_id is not None
    document = await send(world, patient)
    await world.ask(COMPLETE, {"input": {"documentId": document}}, as_=patient)
    key = f"documents/{patient.user_id}/{document}"
    assert await world.blobs.head(key) is not None
    await book(world, patient)

    await left(world, patient.user_id)
    await left(world, patient.user_id)
    created = AccountCreated(account_id=str(patient.account_id), profile_id=patient.user_id, role="PATIENT")
    await world.deliver("security", created.account_id, created)

    assert (await world.ask(SHOW, {"id": patient.user_id}, as_=ADMIN))["data"] == {"user": None}
    assert await world.blobs.head(key) is None
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.
    for collection in ("users", "files", "care"):
        assert await database[collection].count_documents({}) == 0
    erased = [event.data for event in await world.published() if event.type == "user.erased"]
    assert erased == [{"user_id": patient.user_id, "account_id": patient.account_id}]


async def test_a_token_that_outlives_the_account_uploads_nothing(world: World) -> None:
    patient = await register(world)
    await left(world, patient.user_id or "")

    announced = {"name": "late.pdf", "contentType": "application/pdf", "sizeBytes": len(PDF), "kind": "REPORT"}
    answer = await world.ask(CREATE, {"input": announced}, as_=patient)

    assert answer["data"]["createUserDocumentUpload"]["document"] is None
    assert [error["code"] for error in answer["data"]["createUserDocumentUpload"]["userErrors"]] == ["NOT_FOUND"]
