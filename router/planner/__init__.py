"""The planner: which subgraph is asked for what, in which order."""

from router.planner.planner import Planner, PlannerOptions

__all__ = ["Planner", "PlannerOptions"]
