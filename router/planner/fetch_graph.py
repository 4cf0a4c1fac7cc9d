"""The fetch graph: requests and what each must wait for. The one thing of planning that passes change.

A `Request` starts as one step of the draft. Passes join requests, never split them; a request then carries the steps of
all it was joined from, and waits for all they wait for.
"""

from __future__ import annotations

from collections.abc import Iterable

from router.operation import NO_CONDITIONS, Conditions, Selection
from router.planner.draft import Draft, Spot, Step

# What a wave costs, in calls. A client waits for each wave as long as its slowest call takes, while calls of one wave
# are made side by side; but to halve a subgraph's load is worth a wave.
_WAVE = 2


class Request:
    """One request to one subgraph, for one step or several."""

    __slots__ = ("id", "needs", "steps", "subgraph")

    def __init__(self, step: Step) -> None:
        self.id = step.id
        self.subgraph = step.subgraph
        self.steps = [step]
        self.needs: set[Request] = set()

    @property
    def is_root(self) -> bool:
        """Whether it asks a root type, not entities."""
        return not self.steps[0].inputs

    @property
    def is_first(self) -> bool:
        """Whether it waits for no data: it asks the operation's own root."""
        return self.is_root and self.steps[0].entry.position.above is None

    def __repr__(self) -> str:
        return f"<{self.subgraph} {[step.id for step in self.steps]}>"


class FetchGraph:
    """All requests of one draft, with the conditions under which each step and each planted leaf is wanted."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.alive = _find_alive(draft)
        by_step = {step: Request(step) for step in draft.steps if step in self.alive}
        self.requests = list(by_step.values())
        for step, request in by_step.items():
            request.needs = {by_step[need] for need in step.needs}
        self._step_conditions: dict[Step, Conditions] = {}
        for step in reversed(draft.steps):
            if step in self.alive:
                self._step_conditions[step] = self._common(step, _chains(step.entry, NO_CONDITIONS))

    @property
    def price(self) -> tuple[int, int, int]:
        """What graphs are compared by: calls and waves, then calls, then how many fetches share them."""
        calls, waves = len(self.requests), max(self.depths().values(), default=0)
        return calls + _WAVE * waves, calls, sum(len(request.steps) for request in self.requests)

    def depths(self) -> dict[Request, int]:
        """Count the wave in which each request can go out at the earliest, from 1."""
        depth: dict[Request, int] = {}
        for request in self.requests:
            _measure(request, depth)
        return depth

    def conditions_of(self, request: Request) -> Conditions:
        """Find what must hold for any of the request's fields to be wanted."""
        common = set(self._step_conditions[request.steps[0]])
        for step in request.steps[1:]:
            common &= set(self._step_conditions[step])
        return tuple(sorted(common))

    def conditions_of_step(self, step: Step) -> Conditions:
        """Find what must hold for any of the step's fields to be wanted."""
        return self._step_conditions[step]

    def conditions_of_leaf(self, leaf: Selection, step: Step) -> Conditions | None:
        """Find what must hold for a leaf of a step to be wanted, besides what leads to it; None if nobody wants it."""
        reasons = [reason for reason in self.draft.reasons[leaf, step] if reason is None or reason in self.alive]
        if not reasons:
            return None
        if leaf.conditions or None in reasons:
            return leaf.conditions
        wanted = {self._step_conditions[reason] for reason in reasons if reason is not None}
        return next(iter(wanted)) if len(wanted) == 1 else NO_CONDITIONS

    def _common(self, step: Step, chains: Iterable[tuple[Selection | None, Conditions]]) -> Conditions:
        common: set[tuple[str, bool]] | None = None
        for leaf, chain in chains:
            own = self.conditions_of_leaf(leaf, step) if leaf else NO_CONDITIONS
            if own is None:
                continue
            here = {*chain, *own}
            common = here if common is None else common & here
            if not common:
                return NO_CONDITIONS
        return tuple(sorted(common or ()))

    def join(self, kept: Request, joined: Request) -> None:
        """Let one request do the work of another as well."""
        kept.steps.extend(joined.steps)
        kept.needs |= joined.needs
        self.requests.remove(joined)
        for request in self.requests:
            if joined in request.needs:
                request.needs.discard(joined)
                request.needs.add(kept)


def _measure(request: Request, depth: dict[Request, int]) -> int:
    known = depth.get(request)
    if known is None:
        known = depth[request] = 1 + max([_measure(need, depth) for need in request.needs], default=0)
    return known


def _find_alive(draft: Draft) -> frozenset[Step]:
    """Find the steps that supply something which the client asked for, or which such a step needs."""
    alive: set[Step] = set()
    for step in reversed(draft.steps):
        if step in alive or _has_leaf(draft, step.entry, alive):
            alive.add(step)
            alive.update(step.needs)
    return frozenset(alive)


def _has_leaf(draft: Draft, spot: Spot, alive: set[Step]) -> bool:
    for leaf in spot.leaves:
        if any(reason is None or reason in alive for reason in draft.reasons[leaf, spot.step]):
            return True
    return any(_has_leaf(draft, below, alive) for below in spot.derived.values() if below is not None and below.used)


def _chains(spot: Spot, above: Conditions) -> Iterable[tuple[Selection | None, Conditions]]:
    """List the leaves below a spot with the conditions of the fields that lead to them."""
    for leaf in spot.leaves:
        yield leaf, above
    ended = not spot.leaves
    for below in spot.derived.values():
        if below is not None and below.used:
            ended = False
            yield from _chains(below, (*above, *below.via.conditions) if below.via else above)
    if ended:
        yield None, above
