"""The loaders of one request: every entity reference and list goes through one, so that a hundred cost one query."""

from collections import defaultdict

import strawberry
from strawberry.dataloader import DataLoader

from shared.graphql.context import RequestContext
from shared.pagination import Page, PageRequest
from subgraphs.ratings.documents import AggregateDocument, RatingDocument
from subgraphs.ratings.repository import RatingRepository
from subgraphs.ratings.service import RatingService


class Loaders:
    """One set a request."""

    def __init__(self, repository: RatingRepository) -> None:
        self._repository = repository
        self.rating: DataLoader[str, RatingDocument | None] = DataLoader(load_fn=repository.by_id)
        self.of_appointment: DataLoader[str, RatingDocument | None] = DataLoader(load_fn=repository.by_appointment)
        self.aggregate: DataLoader[str, AggregateDocument] = DataLoader(load_fn=repository.aggregates)
        self._pages: defaultdict[tuple[object, ...], DataLoader[str, Page[RatingDocument]] | None] = defaultdict()

    def page_of_doctor(self, request: PageRequest) -> DataLoader[str, Page[RatingDocument]]:
        """Answer the loader of this page for any number of doctors."""
        key = (request.size, request.backward, tuple(request.key or ()))
        loader = self._pages.get(key)
        if loader is None:

            async def load(doctor_ids: list[str]) -> list[Page[RatingDocument]]:
                return await self._repository.published_pages(doctor_ids, request)

            loader = self._pages[key] = DataLoader(load_fn=load)
        return loader


Context = RequestContext[RatingService, Loaders]
Info = strawberry.Info[Context, None]
