"""Simplifications of the fetch graph, one a file, in the order of `ALL`. None of them changes an answer."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from router.planner.fetch_graph import FetchGraph
from router.planner.passes.share_requests import share_requests

Pass = Callable[[FetchGraph], None]

ALL: Mapping[str, Pass] = MappingProxyType({"share_requests": share_requests})

__all__ = ["ALL", "Pass"]
