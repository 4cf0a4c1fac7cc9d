"""Tries other choices than the greedy ones, within a budget, and keeps what makes the cheapest fetch graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from router.errors import PlanError
from router.operation import Selection, SelectionTree
from router.planner.draft import Draft
from router.planner.fetch_graph import FetchGraph
from router.planner.search import Outcome, Search, gather_leaves
from router.query_graph import GraphNode, QueryGraph

Leaves: TypeAlias = Sequence[Selection]
Forced: TypeAlias = dict[Selection, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The search for one operation; `finish` makes a draft's fetch graph and simplifies it.

    Drafts are compared as they end up, for a pass may join what a draft has apart.
    """

    graph: QueryGraph
    tree: SelectionTree
    budget: int
    finish: Callable[[Draft], FetchGraph]
    sees_standing: bool

    def find_best(self, top: Leaves) -> FetchGraph:
        """Find the cheapest graph for some root fields; raises PlanError where none exists."""
        leaves = gather_leaves(self.graph, self.tree, top)
        return self._find_best(leaves, self.graph.roots(self.tree.root.type.name))

    def find_best_called_once(self, top: Leaves) -> FetchGraph:
        """Find the cheapest graph that asks one subgraph alone for the root fields: calling them has an effect."""
        root_type = self.tree.root.type.name
        able = [root for root in self.graph.roots(root_type) if all(field.name in root.moves for field in top)]
        # Gathered before any attempt, for each plants what it needs beside them.
        leaves = gather_leaves(self.graph, self.tree, top)
        found: list[FetchGraph] = []
        problem = PlanError(f"No subgraph can resolve {root_type}.{top[0].name}.")
        for root in able:
            try:
                found.append(self._find_best(leaves, (root,)))
            except PlanError as error:
                problem = error
        if not found:
            raise problem
        return min(found, key=lambda graph: graph.price)

    def _find_best(self, leaves: Leaves, roots: Sequence[GraphNode]) -> FetchGraph:
        forced: Forced = {}
        outcome = self._search(leaves, roots, forced)
        best, open_choices = self.finish(outcome.draft), outcome.open_choices
        budget = self.budget
        improved = True
        while improved and open_choices:
            improved = False
            for leaf, name in open_choices:
                if leaf in forced:
                    continue
                if budget == 0:
                    return best
                budget -= 1
                attempt = {**forced, leaf: name}
                try:
                    outcome = self._search(leaves, roots, attempt)
                except PlanError:
                    continue
                found = self.finish(outcome.draft)
                if found.price < best.price:
                    best, open_choices, forced, improved = found, outcome.open_choices, attempt, True
                    break
        return best

    def _search(self, leaves: Leaves, roots: Sequence[GraphNode], forced: Forced) -> Outcome:
        return Search(self.graph, self.tree, roots, forced, sees_standing=self.sees_standing).run(leaves)
