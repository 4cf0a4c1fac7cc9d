"""Leaves that ride along: a step that is there already answers them, and nothing could do so cheaper or sooner.

For most leaves this is seen at once, and the ways to their positions need not be worked out again. It is only said
where the search would decide the same: on a chain of objects whose types are known, if all other steps of subgraphs
that answer the field come in later waves. What could be answered by another way then costs a call, or comes later.
"""

from __future__ import annotations

from router.operation import TYPENAME, Position, Selection
from router.planner.draft import Draft, Spot, derive
from router.query_graph import QueryGraph, is_plain


def find_standing(graph: QueryGraph, draft: Draft, leaf: Selection) -> Spot | None:
    """Find the spot that a leaf is best placed on, if that is plain to see."""
    if leaf.name == TYPENAME:
        return None
    chain = _plain_chain(leaf.position)
    if chain is None:
        return None
    able = graph.able_subgraphs(leaf.position.type.name, leaf.name)
    rivals = [step for step in draft.steps if step.subgraph in able]
    if not rivals:
        return None
    first = min(rivals, key=lambda step: step.wave)
    if any(step.wave == first.wave and step is not first for step in rivals):
        return None
    start = first.entry.position
    if start not in chain:
        return None
    spot: Spot | None = first.entry
    for position in reversed(chain[: chain.index(start)]):
        spot = derive(spot, position) if spot is not None else None
    return spot if spot is not None and is_plain(spot.node, leaf.name) else None


def _plain_chain(position: Position) -> list[Position] | None:
    """List a position and all above it, if each is of one type, and the root's type is only met at the root."""
    chain: list[Position] = []
    here: Position | None = position
    while here is not None:
        if here.is_abstract or here.outer is not None:
            return None
        chain.append(here)
        here = here.above
    root = chain[-1].type
    return None if any(other.type is root for other in chain[:-1]) else chain
