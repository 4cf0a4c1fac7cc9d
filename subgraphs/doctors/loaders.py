"""The loaders of one request: every entity reference and list goes through one, so that a hundred cost one query."""

import strawberry
from strawberry.dataloader import DataLoader

from shared.auth import Caller
from shared.blobs.archive import DocumentArchive
from shared.blobs.documents import DocumentRecord
from shared.graphql.context import RequestContext
from subgraphs.doctors.documents import DoctorDocument
from subgraphs.doctors.repository import DoctorCache, DoctorRepository
from subgraphs.doctors.service import DoctorServices


class Loaders:
    """One set a request, made for its caller.

    The public and patients read through the memory; those who act on what they see (services, doctors, reviewers) read
    the store.
    """

    def __init__(
        self, repository: DoctorRepository, cache: DoctorCache, archive: DocumentArchive, caller: Caller
    ) -> None:
        acts = caller.is_service or caller.doctor_id is not None or caller.may("doctors:review")
        self.doctor: DataLoader[str, DoctorDocument | None] = DataLoader(
            load_fn=repository.by_id if acts else cache.by_id
        )
        self.of_account: DataLoader[str, DoctorDocument | None] = DataLoader(load_fn=repository.by_account)
        self.documents: DataLoader[str, list[DocumentRecord]] = DataLoader(load_fn=archive.of_owners)


Context = RequestContext[DoctorServices, Loaders]
Info = strawberry.Info[Context, None]
