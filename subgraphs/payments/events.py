"""The events of this subgraph; exported to events.json."""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "payments"


class PaymentSucceeded(EventData):
    """The provider has the money."""

    type: ClassVar[str] = "payment.succeeded"
    payment_id: str
    appointment_id: str
    user_id: str
    version: int


class PaymentDeclined(EventData):
    """The provider said no; the appointment may be paid by another means."""

    type: ClassVar[str] = "payment.declined"
    payment_id: str
    appointment_id: str
    user_id: str
    version: int


class PaymentRefunded(EventData):
    """Money went back: all of it (`full`), or a part."""

    type: ClassVar[str] = "payment.refunded"
    payment_id: str
    refund_id: str
    appointment_id: str
    user_id: str
    full: bool
    version: int


PRODUCES = (PaymentSucceeded, PaymentDeclined, PaymentRefunded, AuditRecorded)
