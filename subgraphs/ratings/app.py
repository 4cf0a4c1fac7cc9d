"""The wiring of this subgraph: the only place that opens anything."""

from shared.graphql.door import Door, make_app
from shared.subgraph import Ports, Subgraph
from subgraphs.ratings.consumers import make_consumer
from subgraphs.ratings.documents import DOCUMENTS
from subgraphs.ratings.loaders import Loaders
from subgraphs.ratings.repository import RatingRepository
from subgraphs.ratings.schema import schema
from subgraphs.ratings.service import RatingService


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph."""
    store = await ports.open_mongo("ratings", DOCUMENTS)
    repository = RatingRepository(store)
    service = RatingService(store, repository, ports.entities("ratings"), ports.clock)
    door = Door(schema, name="ratings", verifier=ports.verifier, service=service, loaders=lambda _: Loaders(repository))
    return Subgraph(
        name="ratings",
        app=make_app(door),
        consumers=(make_consumer(store, ports.bus, service, ports.clock),),
        stores=(store,),
    )
