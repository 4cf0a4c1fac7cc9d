"""Tries other choices than the greedy ones, within a budget, and keeps the cheapest draft."""

from __future__ import annotations

from collections.abc import Sequence

from router.errors import PlanError
from router.operation import Selection, SelectionTree
from router.planner.search import Outcome, Search, gather_leaves
from router.query_graph import GraphNode, QueryGraph


def find_best(graph: QueryGraph, tree: SelectionTree, top: Sequence[Selection], budget: int) -> Outcome:
    """Find the cheapest draft for some root fields; raises PlanError where none exists."""
    return _find_best(graph, tree, gather_leaves(graph, tree, top), graph.roots(tree.root.type.name), budget)


def find_best_called_once(graph: QueryGraph, tree: SelectionTree, top: Sequence[Selection], budget: int) -> Outcome:
    """Find the cheapest draft that asks one subgraph alone for the root fields, since calling them has an effect."""
    able = [root for root in graph.roots(tree.root.type.name) if all(field.name in root.moves for field in top)]
    # Gathered before any attempt, for each plants what it needs beside them.
    leaves = gather_leaves(graph, tree, top)
    outcomes: list[Outcome] = []
    problem = PlanError(f"No subgraph can resolve {tree.root.type.name}.{top[0].name}.")
    for root in able:
        try:
            outcomes.append(_find_best(graph, tree, leaves, (root,), budget))
        except PlanError as error:
            problem = error
    if not outcomes:
        raise problem
    return min(outcomes, key=lambda outcome: outcome.price)


def _find_best(
    graph: QueryGraph, tree: SelectionTree, leaves: Sequence[Selection], roots: Sequence[GraphNode], budget: int
) -> Outcome:
    forced: dict[Selection, tuple[int, int]] = {}
    best = Search(graph, tree, roots, forced).run(leaves)
    improved = True
    while improved and budget > 0 and best.open_choices:
        improved = False
        for leaf, name in best.open_choices:
            if budget == 0 or leaf in forced:
                continue
            budget -= 1
            attempt = {**forced, leaf: name}
            try:
                outcome = Search(graph, tree, roots, attempt).run(leaves)
            except PlanError:
                continue
            if outcome.price < best.price:
                best, forced, improved = outcome, attempt, True
                break
    return best
