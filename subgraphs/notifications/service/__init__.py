"""What the business decides about messages: who is told what, whether it is still so, and in which words."""

from subgraphs.notifications.service.notifying import NotificationService

__all__ = ["NotificationService"]
