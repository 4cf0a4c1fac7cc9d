"""The loaders of one request: every entity reference goes through one, so that a hundred cost one query."""

import strawberry
from strawberry.dataloader import DataLoader

from shared.graphql.context import RequestContext
from subgraphs.notifications.documents import NotificationDocument, PreferencesDocument
from subgraphs.notifications.repository import NotificationRepository
from subgraphs.notifications.service import NotificationService


class Loaders:
    """One set a request."""

    def __init__(self, repository: NotificationRepository) -> None:
        self.notification: DataLoader[str, NotificationDocument | None] = DataLoader(load_fn=repository.by_id)
        self.preferences: DataLoader[str, PreferencesDocument] = DataLoader(load_fn=repository.preferences)


Context = RequestContext[NotificationService, Loaders]
Info = strawberry.Info[Context, None]
