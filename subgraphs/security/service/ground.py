"""What every subject stands on: the store, what is kept in it, the time."""

from dataclasses import dataclass, field

from shared.clock import Clock
from shared.stores.store import Store
from subgraphs.security.repository import Repositories


@dataclass(frozen=True, slots=True)
class Ground:
    """The same for all subjects of one service."""

    store: Store
    clock: Clock
    kept: Repositories = field(default_factory=Repositories)
