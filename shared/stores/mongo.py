"""The MongoDB store: transactions with retries, outbox and inbox, over pymongo's asynchronous client and Beanie.

While a transaction is open its session is *bound*: every operation of the same client in the same task runs inside it,
`session=` given or not, so no repository can forget it. That is why every store has a client of its own (`connect`):
on a shared one, a call to another subgraph in the same process would run inside the caller's transaction. The driver
does not take the write concern off such operations, which the server refuses within a transaction: so the database is
opened without one. A replica set's own default is "majority"; commits ask for it explicitly.

Order per subject. Every document of the outbox carries a position: the cluster time last seen by its transaction,
before it commits, then its number within the transaction. Of two transactions that write the same aggregate, the later
one fails (and runs again) unless its snapshot holds the earlier one's commit; so the cluster time it sees is at least
that commit's, which is greater than any that the earlier one saw before committing. Positions therefore rise with the
history of each aggregate whatever the clocks of the processes say, and the earlier events are visible before the
later ones exist. The law for callers: an event's subject is an aggregate that its transaction writes.

A failed unique key aborts the whole transaction in MongoDB: `first_time` upserts, and repositories that expect a
duplicate either upsert too or let the error end the transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from typing import Any, Self, TypeVar

from beanie import Document, init_beanie
from bson import Timestamp
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, AsyncMongoClient, IndexModel, ReadPreference
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.clock import Clock, SystemClock
from shared.events.envelope import Event, from_json, to_json
from shared.stores.transactions import (
    CONFLICT_PATIENCE,
    CommitSignal,
    OpenTransaction,
    StoreUnavailable,
    Transactions,
    run_again,
)

Result = TypeVar("Result")

INBOX_SECONDS = 30 * 86_400
_COMMIT_ATTEMPTS = 5
_NAMESPACE_EXISTS = 48
_MAJORITY = WriteConcern("majority", j=True)
_Json = dict[str, Any]


def _is_transient(error: Exception) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError")


class MongoStore:
    """One database of a MongoDB replica set. It closes the client only if `connect` made it."""

    def __init__(
        self,
        client: AsyncMongoClient[_Json],
        database: str,
        *,
        clock: Clock | None = None,
        patience: float = CONFLICT_PATIENCE,
    ) -> None:
        self._client = client
        self._patience = patience
        self._owns_client = False
        self._clock = clock or SystemClock()
        self._signal = CommitSignal()
        self._transactions: Transactions[AsyncClientSession] = Transactions(database)
        self.database: AsyncDatabase[_Json] = client.get_database(
            database, codec_options=CodecOptions(tz_aware=True, tzinfo=UTC), write_concern=WriteConcern()
        )
        self._outbox = self.database["outbox"].with_options(read_concern=ReadConcern("majority"))
        self._inbox = self.database["inbox"]
        self._leases = self.database["leases"]

    @classmethod
    def connect(
        cls, url: str, database: str, *, clock: Clock | None = None, patience: float = CONFLICT_PATIENCE
    ) -> Self:
        """Make a store with a client of its own; `patience` bounds the retries of a transaction, in seconds."""
        client: AsyncMongoClient[_Json] = AsyncMongoClient(
            url,
            tz_aware=True,
            serverSelectionTimeoutMS=int(min(patience, 5.0) * 1_000),
            uuidRepresentation="standard",
        )
        store = cls(client, database, clock=clock, patience=patience)
        store._owns_client = True
        return store

    async def open(self, documents: Sequence[type[Document]]) -> None:
        """Make collections and indexes, and tell Beanie its database. Safe to run again, and at once."""
        await init_beanie(database=self.database, document_models=list(documents))
        # A collection made inside a transaction takes an exclusive lock, which conflicts with the others under way.
        names = {"outbox", "inbox", "leases"} | {document.get_collection_name() for document in documents}
        for name in sorted(names.difference(await self.database.list_collection_names())):
            try:
                await self.database.create_collection(name, check_exists=False)
            except OperationFailure as error:
                # Another process may make it between the two calls.
                if error.code != _NAMESPACE_EXISTS:
                    raise
        await self._outbox.create_indexes([IndexModel([("position", ASCENDING), ("number", ASCENDING)])])
        await self._inbox.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=INBOX_SECONDS)])

    @property
    def session(self) -> AsyncClientSession | None:
        """The session of this task's transaction, to hand to an operation; None outside of one."""
        transaction = self._transactions.current()
        return transaction.session if transaction is not None else None

    async def transaction(self, work: Callable[[], Awaitable[Result]]) -> Result:
        transaction = self._transactions.current()
        if transaction is not None:
            return await transaction.join(work)
        try:
            return await run_again(lambda: self._attempt(work), _is_transient, self._patience)
        except ConnectionFailure as error:
            raise StoreUnavailable from error
        except PyMongoError as error:
            # Somebody holds what this needs for longer than anyone works: a process that was killed in a transaction,
            # which MongoDB ends only by its transactionLifetimeLimitSeconds.
            if _is_transient(error):
                raise StoreUnavailable from error
            raise

    async def _attempt(self, work: Callable[[], Awaitable[Result]]) -> Result:
        async with self._client.start_session() as session:
            await session.start_transaction(
                read_concern=ReadConcern("snapshot"), write_concern=_MAJORITY, read_preference=ReadPreference.PRIMARY
            )
            # An error or a cancellation leaves the block, and ending the session aborts what was not committed.
            with self._transactions.opened(session) as transaction:
                async with session.bind(end_session=False):
                    result = await work()
                transaction.check()
                await self._write_events(transaction)
                await _commit(session)
        if transaction.events:
            self._signal.poke()
        return result

    async def _write_events(self, transaction: OpenTransaction[AsyncClientSession]) -> None:
        if not transaction.events:
            return
        session = transaction.session
        seen = session.cluster_time
        if seen is None:
            # Nothing was read or written yet: the events are the whole transaction.
            seen = await self._client.admin.command("ping")
            seen = seen["$clusterTime"]
        position: Timestamp = seen["clusterTime"]
        await self._outbox.insert_many(
            [
                {"_id": event.id, "position": position, "number": number, "body": to_json(event).decode()}
                for number, event in enumerate(transaction.events)
            ],
            session=session,
        )

    def publish(self, *events: Event) -> None:
        self._transactions.required().events.extend(events)

    async def first_time(self, consumer: str, event_id: str) -> bool:
        transaction = self._transactions.required()
        marked = await self._inbox.update_one(
            {"_id": f"{consumer}/{event_id}"},
            {"$setOnInsert": {"at": self._clock.now()}},
            upsert=True,
            session=transaction.session,
        )
        return marked.upserted_id is not None

    async def unpublished(self, limit: int) -> list[Event]:
        rows = self._outbox.find({}, {"body": 1}).sort([("position", ASCENDING), ("number", ASCENDING)]).limit(limit)
        return [from_json(row["body"]) async for row in rows]

    async def forget(self, event_ids: Sequence[str]) -> None:
        await self._outbox.delete_many({"_id": {"$in": list(event_ids)}})

    async def wait(self, seconds: float) -> None:
        await self._signal.wait(seconds)

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a lease by the database's clock; False while another holds it."""
        free_or_mine = {"$or": [{"holder": holder}, {"$expr": {"$lt": ["$until", "$$NOW"]}}]}
        taken: _Json = {"holder": holder, "until": {"$add": ["$$NOW", int(seconds * 1000)]}}
        renewed = await self._leases.update_one({"_id": name, **free_or_mine}, [{"$set": taken}])
        if renewed.matched_count:
            return True
        # MongoDB refuses $expr in an upsert, so a lease that never was is made in a second step, as one already over.
        try:
            await self._leases.insert_one({"_id": name, "holder": holder, "until": self._clock.now()})
        except DuplicateKeyError:
            return False
        return await self.lease(name, holder, seconds)

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back early, so that the next holder need not wait for its end."""
        await self._leases.delete_one({"_id": name, "holder": holder})

    async def tidy(self) -> None:
        """Do nothing: an index expires the inbox."""

    async def close(self) -> None:
        if self._owns_client:
            await self._client.close()


async def _commit(session: AsyncClientSession) -> None:
    for attempt in range(1, _COMMIT_ATTEMPTS + 1):
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            # The commit may have happened; sending it again is safe, running the work again would not be.
            if not error.has_error_label("UnknownTransactionCommitResult") or attempt == _COMMIT_ATTEMPTS:
                raise
            await asyncio.sleep(0.05 * attempt)
        else:
            return
