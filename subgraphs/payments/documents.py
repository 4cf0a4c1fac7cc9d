"""What is kept: payments, refunds, used idempotency keys, and what a provider needs to remember of them.

An appointment has at most one *live* payment: a unique key over `appointment_id` where `live` closes every race.
A declined payment is not live, so that another card may be tried.
"""

from datetime import datetime
from enum import Enum
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel

from shared.money import Money

KEYS_KEPT_SECONDS = 7 * 86_400


class PaymentStatus(Enum):
    """Where a payment stands; PROCESSING means that the provider has not been heard to the end."""

    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    REFUND_PENDING = "REFUND_PENDING"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class RefundStatus(Enum):
    """PENDING until the provider has confirmed."""

    PENDING = "PENDING"
    DONE = "DONE"


class PaymentDocument(Document):
    """One attempt to pay one appointment. Amounts are minor units; `reserved` is refunded or about to be."""

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    appointment_id: str
    user_id: str
    amount: int
    currency: str
    refunded: int = 0
    reserved: int = 0
    status: PaymentStatus
    live: bool
    method: str
    receipt_number: str | None = None
    created_at: datetime
    version: int = 1

    @property
    def money(self) -> Money:
        """The amount paid."""
        return Money.from_minor_units(self.amount, self.currency)

    @property
    def refunded_money(self) -> Money:
        """What has gone back."""
        return Money.from_minor_units(self.refunded, self.currency)

    class Settings:
        name = "payments"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("appointment_id", ASCENDING)], unique=True, partialFilterExpression={"live": True}),
            IndexModel([("appointment_id", ASCENDING), ("_id", DESCENDING)], name="of_appointment"),
            IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)]),
            IndexModel([("status", ASCENDING), ("created_at", ASCENDING)]),
        ]


class RefundDocument(Document):
    """One refund of a payment, `amount` in minor units; `key` makes it happen once."""

    id: str  # type: ignore[assignment]  # As above.
    payment_id: str
    amount: int
    reason: str
    key: str
    status: RefundStatus
    created_at: datetime

    class Settings:
        name = "refunds"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("payment_id", ASCENDING), ("key", ASCENDING)], unique=True),
            IndexModel([("status", ASCENDING), ("created_at", ASCENDING)]),
        ]


class PaymentKeyDocument(Document):
    """An idempotency key that a patient used: the id is theirs and the key's; `asked` is the input it stood for."""

    id: str  # type: ignore[assignment]  # As above.
    payment_id: str
    asked: str
    created_at: datetime

    class Settings:
        name = "payment_keys"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("created_at", ASCENDING)], expireAfterSeconds=KEYS_KEPT_SECONDS)
        ]


class WebhookDocument(Document):
    """A provider's notice that was acted on; the id is the provider's and the notice's."""

    id: str  # type: ignore[assignment]  # As above.
    received_at: datetime

    class Settings:
        name = "webhooks"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("received_at", ASCENDING)], expireAfterSeconds=KEYS_KEPT_SECONDS)
        ]


class TestLedgerDocument(Document):
    """The test provider's books: the id is the idempotency key that a charge or refund was asked with."""

    id: str  # type: ignore[assignment]  # As above.
    kind: str
    succeeded: bool
    amount: int
    currency: str

    class Settings:
        name = "test_provider_ledger"


class StripeIntentDocument(Document):
    """Stripe's PaymentIntent of one of our charges, the id being our key; without one, the charge was given up."""

    id: str  # type: ignore[assignment]  # As above.
    intent: str | None

    class Settings:
        name = "stripe_intents"


DOCUMENTS = (
    PaymentDocument,
    RefundDocument,
    PaymentKeyDocument,
    WebhookDocument,
    TestLedgerDocument,
    StripeIntentDocument,
)
