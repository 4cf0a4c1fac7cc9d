"""Let entity fetches to the same subgraph share one request.

Two requests may be joined if neither waits for the other, and if the longest chain of the whole graph stays as it is.
So a request that nobody waits for is put off until its subgraph is called anyway: the answer comes no later, for the
plan takes its longest chain in any case, and the subgraph is called once less.

Requests of the same wave are joined first, because that delays nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from router.planner.fetch_graph import FetchGraph, Request


def share_requests(graph: FetchGraph) -> None:
    """Join what may be joined, first within waves, then across them."""
    by_subgraph: dict[str, int] = {}
    for request in graph.requests:
        if not request.is_root:
            by_subgraph[request.subgraph] = by_subgraph.get(request.subgraph, 0) + 1
    if all(count == 1 for count in by_subgraph.values()):
        return
    while _join_one(graph, lambda depth, first, second: depth[first] == depth[second]):
        pass
    while _join_one(graph, lambda _depth, _first, _second: True):
        pass


def _join_one(graph: FetchGraph, fits: Callable[[dict[Request, int], Request, Request], bool]) -> bool:
    depth = graph.depths()
    height = _heights(graph.requests, depth)
    longest = max(depth.values())
    for first, second in combinations(graph.requests, 2):
        if first.subgraph != second.subgraph or first.is_root or second.is_root or not fits(depth, first, second):
            continue
        # Joined, they stand as deep as the deeper one, and all that waited for either comes after that.
        if max(depth[first], depth[second]) + max(height[first], height[second]) - 1 > longest:
            continue
        if _waits_for(first, second) or _waits_for(second, first):
            continue
        graph.join(first, second)
        return True
    return False


def _heights(requests: list[Request], depth: dict[Request, int]) -> dict[Request, int]:
    """Count the longest chain that begins with each request, itself included."""
    height = dict.fromkeys(requests, 1)
    for request in sorted(requests, key=lambda item: -depth[item]):
        for need in request.needs:
            height[need] = max(height[need], height[request] + 1)
    return height


def _waits_for(later: Request, earlier: Request) -> bool:
    return any(need is earlier or _waits_for(need, earlier) for need in later.needs)
