"""The loaders of one request: every entity reference and list goes through one, so that a hundred cost one query."""

import strawberry
from strawberry.dataloader import DataLoader

from shared.auth import Caller
from shared.blobs.archive import DocumentArchive
from shared.blobs.documents import DocumentRecord
from shared.graphql.context import RequestContext
from subgraphs.users.documents import CareDocument, UserDocument
from subgraphs.users.repository import UserRepository
from subgraphs.users.service import UserServices


class Loaders:
    """One set a request, made for its caller."""

    def __init__(self, repository: UserRepository, archive: DocumentArchive, caller: Caller) -> None:
        self._repository = repository
        self._doctor_id = caller.doctor_id
        self.user: DataLoader[str, UserDocument | None] = DataLoader(load_fn=repository.by_id)
        self.of_account: DataLoader[str, UserDocument | None] = DataLoader(load_fn=repository.by_account)
        self.documents: DataLoader[str, list[DocumentRecord]] = DataLoader(load_fn=archive.of_owners)
        self.care: DataLoader[str, CareDocument | None] = DataLoader(load_fn=self._care)

    async def _care(self, user_ids: list[str]) -> list[CareDocument | None]:
        if self._doctor_id is None:
            return [None for _ in user_ids]
        return await self._repository.care(self._doctor_id, user_ids)


Context = RequestContext[UserServices, Loaders]
Info = strawberry.Info[Context, None]
