"""The query graph: every type in every subgraph, and the moves between them."""

from router.query_graph.build import is_plain
from router.query_graph.graph import QueryGraph
from router.query_graph.nodes import NOTHING, Demand, FieldMove, GraphNode, KeyMove

__all__ = ["NOTHING", "Demand", "FieldMove", "GraphNode", "KeyMove", "QueryGraph", "is_plain"]
