"""Erasing a patient whose account is gone: first the profile, so that nobody finds it, then the documents."""

from shared.blobs.archive import DocumentArchive
from shared.clock import Clock
from shared.events.declared import event
from shared.stores.store import Store
from subgraphs.users.events import SOURCE, UserErased
from subgraphs.users.repository import UserRepository


class ErasureService:
    """Erases patients."""

    def __init__(self, store: Store, repository: UserRepository, archive: DocumentArchive, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._archive = archive
        self._clock = clock

    async def erase(self, user_id: str, account_id: str) -> None:
        """Delete a profile and its documents; doing it again changes nothing."""

        async def work() -> None:
            if await self._repository.delete(user_id):
                erased = UserErased(user_id=user_id, account_id=account_id)
                self._store.publish(event(SOURCE, user_id, erased, self._clock))

        await self._store.transaction(work)
        await self._archive.delete_all(user_id)
