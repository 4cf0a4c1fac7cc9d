"""Execution: a plan run over a transport, its response completed for the client. Asynchronous; decides nothing."""

from router.execution.dispatching import Dispatcher, Endpoint
from router.execution.executable import Executable, Response
from router.execution.executor import Executor, ExecutorOptions, PlansOperations
from router.execution.run import RequestContext

__all__ = [
    "Dispatcher",
    "Endpoint",
    "Executable",
    "Executor",
    "ExecutorOptions",
    "PlansOperations",
    "RequestContext",
    "Response",
]
