"""What clients send."""

import strawberry


@strawberry.input
class UpdateNotificationPreferencesInput:
    reminders: bool | None = None
    marketing: bool | None = None
    locale: str | None = None


@strawberry.input
class ResendNotificationInput:
    notification_id: strawberry.ID
