"""Who may: the rule of every field, and whose payments a caller may read."""

from shared.auth import Caller
from shared.graphql.access import PATIENT, SIGNED_IN, VISIBLE, Rules, permission, service

RULES: Rules = {
    "Query.payment": SIGNED_IN,
    "Mutation.payAppointment": PATIENT,
    "Mutation.refundPayment": permission("payments:refund"),
    "Appointment.*": VISIBLE,
    "User.*": VISIBLE,
    "Payment.*": VISIBLE,
    "Payment.userId": service("payments:read"),
    "Payment.appointmentId": service("payments:read"),
    "PaymentEdge.*": VISIBLE,
    "PaymentConnection.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "Money.*": VISIBLE,
    "PaymentError.*": VISIBLE,
    "PayAppointmentPayload.*": VISIBLE,
    "RefundPaymentPayload.*": VISIBLE,
}


def may_read_payments_of(caller: Caller, user_id: str) -> bool:
    """Tell whether the caller may see this patient's payments: the patient, and who holds payments:read."""
    return caller.user_id == user_id or caller.may("payments:read")
