"""The queries. State changes are conditional on the state they leave, so that whoever comes second changes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from shared.stores.mongo import MongoStore
from subgraphs.payments.documents import (
    PaymentDocument,
    PaymentKeyDocument,
    PaymentStatus,
    RefundDocument,
    RefundStatus,
    StripeIntentDocument,
    TestLedgerDocument,
    WebhookDocument,
)

NEWEST_FIRST = (("_id", -1),)


class TakenElsewhere(Exception):
    """Another request holds this appointment's live payment, this key or this refund; read again."""


class PaymentRepository:
    """Reads and writes, in the store's current transaction where there is one."""

    def __init__(self, store: MongoStore) -> None:
        self._store = store

    async def add(self, payment: PaymentDocument, key: PaymentKeyDocument) -> None:
        """Insert a payment with its key; raises TakenElsewhere."""
        try:
            await key.insert(session=self._store.session)
            await payment.insert(session=self._store.session)
        except DuplicateKeyError as error:
            raise TakenElsewhere from error

    async def key(self, key_id: str) -> PaymentKeyDocument | None:
        """Answer a used idempotency key."""
        return await PaymentKeyDocument.get(key_id, session=self._store.session)

    async def get(self, payment_id: str) -> PaymentDocument | None:
        """Answer one payment."""
        return await PaymentDocument.get(payment_id, session=self._store.session)

    async def live_of(self, appointment_id: str) -> PaymentDocument | None:
        """Answer an appointment's live payment."""
        return await PaymentDocument.find_one(
            {"appointment_id": appointment_id, "live": True}, session=self._store.session
        )

    async def settle(
        self, payment_id: str, status: PaymentStatus, *, receipt_number: str | None
    ) -> PaymentDocument | None:
        """Move a PROCESSING payment to its outcome; None if it has one already."""
        change = {"status": status.value, "live": status is PaymentStatus.SUCCEEDED, "receipt_number": receipt_number}
        return await self._change(
            {"_id": payment_id, "status": PaymentStatus.PROCESSING.value}, {"$set": change, "$inc": {"version": 1}}
        )

    async def reserve_refund(self, refund: RefundDocument) -> PaymentDocument | None:
        """Take the amount out of what is left to refund, and insert the refund; None if less is left.

        Raises TakenElsewhere when the refund's key was used.
        """
        payment = await self._change(
            {
                "_id": refund.payment_id,
                "status": {
                    "$in": _names(
                        PaymentStatus.SUCCEEDED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUND_PENDING
                    )
                },
                "$expr": {"$lte": [{"$add": ["$reserved", refund.amount]}, "$amount"]},
            },
            {
                "$set": {"status": PaymentStatus.REFUND_PENDING.value},
                "$inc": {"reserved": refund.amount, "version": 1},
            },
        )
        if payment is not None:
            try:
                await refund.insert(session=self._store.session)
            except DuplicateKeyError as error:
                raise TakenElsewhere from error
        return payment

    async def finish_refund(self, refund: RefundDocument) -> PaymentDocument | None:
        """Mark a refund done and count it; None if it was done before."""
        marked = await RefundDocument.get_pymongo_collection().update_one(
            {"_id": refund.id, "status": RefundStatus.PENDING.value},
            {"$set": {"status": RefundStatus.DONE.value}},
            session=self._store.session,
        )
        if not marked.modified_count:
            return None
        refunded = {"$add": ["$refunded", refund.amount]}
        settled = {
            "$cond": [
                {"$gte": [refunded, "$amount"]},
                PaymentStatus.REFUNDED.value,
                {
                    "$cond": [
                        {"$gt": ["$reserved", refunded]},
                        PaymentStatus.REFUND_PENDING.value,
                        PaymentStatus.PARTIALLY_REFUNDED.value,
                    ]
                },
            ]
        }
        return await self._change(
            {"_id": refund.payment_id},
            [{"$set": {"refunded": refunded, "status": settled, "version": {"$add": ["$version", 1]}}}],
        )

    async def refund_by_key(self, payment_id: str, key: str) -> RefundDocument | None:
        """Answer the refund that was asked with a key."""
        return await RefundDocument.find_one({"payment_id": payment_id, "key": key}, session=self._store.session)

    async def processing_since(self, before: datetime) -> list[PaymentDocument]:
        """Answer payments whose outcome is unknown and that began before an instant."""
        query = {"status": PaymentStatus.PROCESSING.value, "created_at": {"$lt": before}}
        return await PaymentDocument.find(query).limit(100).to_list()

    async def refunds_pending_since(self, before: datetime) -> list[RefundDocument]:
        """Answer refunds not confirmed that began before an instant."""
        query = {"status": RefundStatus.PENDING.value, "created_at": {"$lt": before}}
        return await RefundDocument.find(query).limit(100).to_list()

    async def by_id(self, ids: Sequence[str]) -> list[PaymentDocument | None]:
        """Answer payments in the order of `ids`."""
        found = {payment.id: payment async for payment in PaymentDocument.find({"_id": {"$in": list(ids)}})}
        return [found.get(key) for key in ids]

    async def by_appointment(self, appointment_ids: Sequence[str]) -> list[PaymentDocument | None]:
        """Answer each appointment's payment: the live one, else the newest."""
        rows = PaymentDocument.find({"appointment_id": {"$in": list(appointment_ids)}}).sort("+_id")
        found: dict[str, PaymentDocument] = {}
        async for payment in rows:
            best = found.get(payment.appointment_id)
            if best is None or not best.live:
                found[payment.appointment_id] = payment
        return [found.get(key) for key in appointment_ids]

    async def page_of_user(self, user_id: str, request: PageRequest) -> Page[PaymentDocument]:
        """Answer a page of a patient's payments, newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        rows = await PaymentDocument.find({"user_id": user_id, **beyond}).sort(order).limit(request.size + 1).to_list()
        return Page.cut(rows, request)

    async def first_notice(self, notice_id: str, at: datetime) -> bool:
        """Mark a provider's notice as acted on; False if it was before."""
        marked = await WebhookDocument.get_pymongo_collection().update_one(
            {"_id": notice_id}, {"$setOnInsert": {"received_at": at}}, upsert=True, session=self._store.session
        )
        return marked.upserted_id is not None

    async def enter(self, entry: TestLedgerDocument) -> TestLedgerDocument:
        """Enter into the test provider's ledger, or answer what stands there under the same key."""
        found: dict[str, Any] | None = await TestLedgerDocument.get_pymongo_collection().find_one_and_update(
            {"_id": entry.id},
            {"$setOnInsert": entry.model_dump(exclude={"id", "revision_id"})},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        assert found is not None, "an upsert answers the document"
        return TestLedgerDocument(**{**found, "id": found["_id"]})

    async def entered(self, key: str) -> TestLedgerDocument | None:
        """Answer what stands in the test provider's ledger."""
        return await TestLedgerDocument.get(key)

    async def remember_intent(self, key: str, intent: str | None) -> str | None:
        """Remember a charge's PaymentIntent, or that it has none; answers what was remembered first."""
        found: dict[str, Any] | None = await StripeIntentDocument.get_pymongo_collection().find_one_and_update(
            {"_id": key}, {"$setOnInsert": {"intent": intent}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        assert found is not None, "an upsert answers the document"
        remembered: str | None = found["intent"]
        return remembered

    async def intent(self, key: str) -> StripeIntentDocument | None:
        """Answer what is remembered of a charge."""
        return await StripeIntentDocument.get(key)

    async def _change(self, query: dict[str, Any], change: Any) -> PaymentDocument | None:
        found: dict[str, Any] | None = await PaymentDocument.get_pymongo_collection().find_one_and_update(
            query, change, return_document=ReturnDocument.AFTER, session=self._store.session
        )
        return PaymentDocument(**{**found, "id": found["_id"]}) if found else None


def _names(*statuses: PaymentStatus) -> list[str]:
    return [status.value for status in statuses]
