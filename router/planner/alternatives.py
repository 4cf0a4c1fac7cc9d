"""Tries other choices than the greedy ones, within a budget, and keeps the cheapest draft."""

from __future__ import annotations

from collections.abc import Sequence

from router.errors import PlanError
from router.operation import Selection, SelectionTree
from router.planner.search import Outcome, Search, gather_leaves
from router.query_graph import QueryGraph


def find_best(graph: QueryGraph, tree: SelectionTree, top: Sequence[Selection], budget: int) -> Outcome:
    """Find the cheapest draft for some root fields; raises PlanError where none exists."""
    leaves = gather_leaves(graph, tree, top)
    forced: dict[Selection, tuple[int, int]] = {}
    best = Search(graph, tree, forced).run(leaves)
    improved = True
    while improved and budget > 0 and best.open_choices:
        improved = False
        for leaf, name in best.open_choices:
            if budget == 0 or leaf in forced:
                continue
            budget -= 1
            attempt = {**forced, leaf: name}
            try:
                outcome = Search(graph, tree, attempt).run(leaves)
            except PlanError:
                continue
            if outcome.price < best.price:
                best, forced, improved = outcome, attempt, True
                break
    return best
