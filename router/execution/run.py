"""One execution of a plan: the response so far, what failed, and how to reach subgraphs.

A run is driven by callbacks: each step is a function of the run which starts its work and, when that is done, calls
the next step, known since the plan was compiled. No task and no coroutine is made for a fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from router.execution.faults import Faults
from router.transport import Delivery, Headers

Lines: TypeAlias = tuple[tuple[str, str], ...]


class RequestContext:
    """What of the client's request reaches subgraphs, and how they are told apart in logs.

    `caller_headers` are forwarded and say who asks: only requests where they are equal may share a fetch.
    `trace_headers` are sent too, but differ from request to request.
    """

    __slots__ = ("_headers", "_own", "caller_headers", "correlation_id", "trace_headers")

    def __init__(self, caller_headers: Lines = (), trace_headers: Lines = (), correlation_id: str = "") -> None:
        self.caller_headers = caller_headers if caller_headers.__class__ is Headers else Headers.of(caller_headers)
        self.trace_headers = trace_headers
        self.correlation_id = correlation_id
        self._own: Headers | None = None
        self._headers: Headers

    def headers_with(self, own: Headers) -> Headers:
        """Name the headers of a fetch, the router's own first: mostly the same for all fetches, and made once then."""
        if self._own is not own:
            self._own = own
            self._headers = Headers.join(own, self.caller_headers, self.trace_headers)
        return self._headers


class Dispatch(Protocol):
    """Sends a body to a subgraph on behalf of a request; what comes is a response or a `TransportError`."""

    def __call__(self, subgraph: str, body: bytes, context: RequestContext, *, retryable: bool) -> Delivery: ...


class Run:
    """The state of one execution; `ended`, which must not raise, is called once: after the last step, or on a fault."""

    __slots__ = (
        "_ended",
        "_faults",
        "context",
        "data",
        "dispatch",
        "error",
        "fetches",
        "is_over",
        "pending",
        "variables",
    )

    def __init__(
        self, variables: Mapping[str, Any], context: RequestContext, dispatch: Dispatch, ended: Callable[[Run], None]
    ) -> None:
        self.variables = variables
        self.context = context
        self.dispatch = dispatch
        self.data: dict[str, Any] = {}
        self._faults: Faults | None = None
        self.pending: dict[int, int] = {}
        self.fetches = 0
        self.is_over = False
        self.error: Exception | None = None
        self._ended = ended

    @property
    def faults(self) -> Faults:
        """What failed; made when somebody asks, since mostly nothing does."""
        if self._faults is None:
            self._faults = Faults(self.context.correlation_id)
        return self._faults

    @property
    def has_faults(self) -> bool:
        return self._faults is not None and bool(self._faults)

    def finish(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._ended(self)

    def fail(self, error: Exception) -> None:
        if not self.is_over:
            self.error = error
            self.finish()


Step: TypeAlias = Callable[[Run], None]
