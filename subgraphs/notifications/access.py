"""Who may: the rule of every field, and whose messages a caller may read."""

from shared.auth import Caller
from shared.graphql.access import PATIENT, SIGNED_IN, VISIBLE, Rules, permission

RULES: Rules = {
    "Query.notification": SIGNED_IN,
    "Mutation.updateNotificationPreferences": PATIENT,
    "Mutation.resendNotification": permission("notifications:resend"),
    "User.*": VISIBLE,
    "Notification.*": VISIBLE,
    "NotificationEdge.*": VISIBLE,
    "NotificationConnection.*": VISIBLE,
    "NotificationPreferences.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "NotificationError.*": VISIBLE,
    "UpdateNotificationPreferencesPayload.*": VISIBLE,
    "ResendNotificationPayload.*": VISIBLE,
}


def may_read_messages_to(caller: Caller, recipient: str) -> bool:
    """Tell whether the caller may see messages to this recipient: their own, and who holds notifications:read."""
    own = {caller.account_id, caller.user_id, caller.doctor_id} - {None}
    return recipient in own or caller.may("notifications:read")
