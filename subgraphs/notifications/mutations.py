"""The mutations."""

import strawberry

from shared.errors import Refusal, Unauthenticated
from subgraphs.notifications.inputs import ResendNotificationInput, UpdateNotificationPreferencesInput
from subgraphs.notifications.loaders import Info
from subgraphs.notifications.types import (
    Notification,
    NotificationError,
    NotificationPreferences,
    ResendNotificationPayload,
    UpdateNotificationPreferencesPayload,
)


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Choose what one is told; what is left out stays as it is.")
    async def update_notification_preferences(
        self, info: Info, input: UpdateNotificationPreferencesInput
    ) -> UpdateNotificationPreferencesPayload | None:
        asked = {"reminders": input.reminders, "marketing": input.marketing, "locale": input.locale}
        changes = {name: value for name, value in asked.items() if value is not None}
        if info.context.caller.user_id is None:
            raise Unauthenticated
        preferences = await info.context.service.set_preferences(info.context.caller.user_id, changes)
        return UpdateNotificationPreferencesPayload(preferences=NotificationPreferences.of(preferences))

    @strawberry.mutation(description="Have a failed message sent again.")
    async def resend_notification(self, info: Info, input: ResendNotificationInput) -> ResendNotificationPayload | None:
        try:
            notification = await info.context.service.resend(info.context.caller, input.notification_id)
        except Refusal as refusal:
            return ResendNotificationPayload(user_errors=[NotificationError.of(refusal)])
        return ResendNotificationPayload(notification=Notification.of(notification))
