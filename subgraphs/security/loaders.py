"""The loaders of one request: every entity reference and list goes through one, so that a hundred cost one query."""

from collections.abc import Sequence

import strawberry
from strawberry.dataloader import DataLoader

from shared.graphql.context import RequestContext
from shared.pagination import Page, PageRequest
from subgraphs.security.documents import AccountDocument, AuditDocument, SessionDocument
from subgraphs.security.service import SecurityService
from subgraphs.security.service.origin import Origin


class Loaders:
    """One set a request."""

    def __init__(self, service: SecurityService) -> None:
        self._service = service
        accounts, roles = service.ground.kept.accounts, service.roles
        self.account: DataLoader[str, AccountDocument | None] = DataLoader(load_fn=accounts.by_id)
        self.sessions: DataLoader[str, list[SessionDocument]] = DataLoader(load_fn=service.sessions.live)
        self.permissions: DataLoader[tuple[str, ...], list[str]] = DataLoader(load_fn=roles.permissions_of_each)
        self._access_logs: dict[tuple[object, ...], DataLoader[str, Page[AuditDocument]]] = {}

    def access_log(self, request: PageRequest) -> DataLoader[str, Page[AuditDocument]]:
        """Answer the loader of this page of the access log of any number of patients."""
        key = (request.size, request.backward, tuple(request.key or ()))
        loader = self._access_logs.get(key)
        if loader is None:

            async def load(user_ids: Sequence[str]) -> list[Page[AuditDocument]]:
                return await self._service.audit.pages_of_users(user_ids, request)

            loader = self._access_logs[key] = DataLoader(load_fn=load)
        return loader


Context = RequestContext[SecurityService, Loaders]
Info = strawberry.Info[Context, None]


def origin_of(info: Info) -> Origin:
    """Answer where the request comes from."""
    return Origin(info.context.address, info.context.user_agent)
