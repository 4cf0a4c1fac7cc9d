"""The planner: from a valid operation to its plan. Pure and synchronous; what it keeps belongs to the supergraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from router.operation import Operation, Selection, SelectionTree
from router.plan.nodes import Fetch, Node, OperationKind, QueryPlan, Subscription
from router.plan.nodes import Sequence as SequenceNode
from router.planner import passes
from router.planner.alternatives import Alternatives
from router.planner.assemble import Assembler
from router.planner.draft import Draft
from router.planner.fetch_graph import FetchGraph
from router.query_graph import QueryGraph
from router.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class PlannerOptions:
    """Which simplification passes run, by name, and how many alternative drafts may be tried for one operation.

    `sees_standing` is whether leaves are placed at once where it is plain to see how; plans are the same without.
    """

    passes: frozenset[str] = frozenset(passes.ALL)
    alternatives: int = 24
    sees_standing: bool = True


class Planner:
    """Plans operations on one supergraph."""

    def __init__(self, supergraph: Supergraph, options: PlannerOptions | None = None) -> None:
        self.supergraph = supergraph
        self.options = options or PlannerOptions()
        self._graphs: dict[frozenset[str], QueryGraph] = {}
        self._graph_for(frozenset())

    def plan(self, operation: Operation, active_labels: frozenset[str] = frozenset()) -> QueryPlan:
        """Plan an operation; raises PlanError where the supergraph cannot answer it.

        `active_labels` are the labels of progressive overrides that are on for this request.
        """
        planning = _Planning(self, operation, self._graph_for(active_labels))
        try:
            return QueryPlan(planning.plan())
        finally:
            planning.dissolve()

    def _graph_for(self, active_labels: frozenset[str]) -> QueryGraph:
        graph = self._graphs.get(active_labels)
        if graph is None:
            graph = QueryGraph(self.supergraph, active_labels)
            self._graphs[active_labels] = graph
        return graph


class _Planning:
    """The planning of one operation."""

    def __init__(self, planner: Planner, operation: Operation, graph: QueryGraph) -> None:
        self.planner = planner
        self.operation = operation
        self.graph = graph
        self.tree = SelectionTree(planner.supergraph.schema, operation)
        self._drafts: list[Draft] = []

    def plan(self) -> Node | Subscription | None:
        match self.operation.kind:
            case OperationKind.QUERY:
                return self.plan_part(self.tree.root.fields)
            case OperationKind.MUTATION:
                return self.plan_serially()
            case OperationKind.SUBSCRIPTION:
                return self.plan_subscription()

    def dissolve(self) -> None:
        """Leave nothing for the garbage collector, which would look at all prepared operations to find it."""
        self.tree.dissolve()
        for draft in self._drafts:
            draft.dissolve()

    def _draft(self, top: Sequence[Selection]) -> tuple[FetchGraph, Assembler]:
        options = self.planner.options
        search = Alternatives(
            self.graph, self.tree, options.alternatives, self._finish, sees_standing=options.sees_standing
        )
        find = search.find_best if self.operation.kind is OperationKind.QUERY else search.find_best_called_once
        graph = find(top)
        return graph, Assembler(self.planner.supergraph, self.tree, self.operation, graph)

    def _finish(self, draft: Draft) -> FetchGraph:
        self._drafts.append(draft)
        graph = FetchGraph(draft)
        for name, simplify in passes.ALL.items():
            if name in self.planner.options.passes:
                simplify(graph)
        return graph

    def plan_part(self, top: Sequence[Selection]) -> Node | None:
        """Plan some root fields that may run in any order."""
        if not top:
            return None
        graph, assembler = self._draft(top)
        return assembler.arrange(graph.requests)

    def plan_serially(self) -> Node | None:
        """Plan root fields that must run one after the other; neighbours of one subgraph share a request."""
        parts = [self.plan_part(run) for run in self._runs_of_one_subgraph()]
        nodes = [
            inner
            for part in parts
            if part is not None
            for inner in (part.nodes if isinstance(part, SequenceNode) else (part,))
        ]
        if len(nodes) <= 1:
            return nodes[0] if nodes else None
        return SequenceNode(tuple(nodes))

    def _runs_of_one_subgraph(self) -> list[list[Selection]]:
        runs: list[tuple[str | None, list[Selection]]] = []
        for selection in self.tree.root.fields:
            owners = [
                node.subgraph for node in self.graph.roots(self.tree.root.type.name) if selection.name in node.moves
            ]
            owner = owners[0] if len(owners) == 1 else None
            if runs and owner is not None and runs[-1][0] == owner:
                runs[-1][1].append(selection)
            else:
                runs.append((owner, [selection]))
        return [selections for _, selections in runs]

    def plan_subscription(self) -> Subscription | None:
        """Plan the one root field as a subscription, and what completes each event."""
        if not self.tree.root.fields:
            return None
        graph, assembler = self._draft(self.tree.root.fields)
        (primary,) = [request for request in graph.requests if request.is_first]
        written: Fetch = assembler.write_root(primary)
        rest = [request for request in graph.requests if request is not primary]
        return Subscription(written, assembler.arrange(rest))
