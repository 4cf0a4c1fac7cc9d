"""Makes a subgraph's schema: Strawberry's federation schema with our scalars, caches, access rules and error answers.

Errors: an expected RequestError keeps its message and code. What graphql-core itself refuses is
GRAPHQL_VALIDATION_FAILED or BAD_USER_INPUT. Anything else is a fault: it is logged once, with a correlation id, and
answers INTERNAL_SERVER_ERROR with that id and nothing of the exception.
"""

import logging
from collections.abc import Sequence
from typing import Any, Literal, cast

from graphql import GraphQLError
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.federation import Schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from shared.errors import RequestError
from shared.graphql.access import Rules, guard
from shared.graphql.observing import operation_under_way
from shared.graphql.scalars import SCALARS
from shared.stores.outages import NO_ANSWER
from shared.stores.transactions import StoreUnavailable

FEDERATION_VERSION: Literal["2.9"] = "2.9"
_logger = logging.getLogger(__name__)


class SubgraphSchema(Schema):
    """A federation schema whose errors are fit to leave the process."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        context = getattr(execution_context, "context", None)
        correlation_id = getattr(context, "correlation_id", None)
        for error in errors:
            _make_fit(error, correlation_id)


def make_schema(
    rules: Rules,
    *,
    query: type | None = None,
    mutation: type | None = None,
    subscription: type | None = None,
    types: Sequence[type] = (),
) -> SubgraphSchema:
    """Build the schema and guard every field by its rule."""
    schema = SubgraphSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        extensions=[lambda: ParserCache(maxsize=512), lambda: ValidationCache(maxsize=512)],
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
        federation_version=FEDERATION_VERSION,
    )
    guard(schema._schema, rules)  # noqa: SLF001  Strawberry offers no other door to graphql-core's schema.
    return schema


def export_schema(schema: SubgraphSchema) -> str:
    """Write the SDL that is committed as the subgraph's schema.graphql."""
    return schema.as_str().rstrip() + "\n"


def _make_fit(error: GraphQLError, correlation_id: str | None) -> None:
    origin = _origin(error)
    if isinstance(origin, NO_ANSWER) and not isinstance(origin, RequestError):
        _logger.warning("a store does not answer", exc_info=origin, extra={"correlationId": correlation_id})
        origin = StoreUnavailable()
    if isinstance(origin, RequestError):
        error.message = origin.text
        error.extensions = {"code": origin.code, **({"field": origin.field} if origin.field else {})}
    elif origin is None:
        refused_value = (
            "got invalid value" in error.message or error.path is not None or "Expected value" in error.message
        )
        error.extensions = {"code": "BAD_USER_INPUT" if refused_value else "GRAPHQL_VALIDATION_FAILED"}
    else:
        # Not the error's path: it holds aliases, which clients choose.
        found_by = {"correlationId": correlation_id, "operation": operation_under_way()}
        _logger.error("fault", exc_info=origin, extra=found_by)
        error.message = "Something went wrong on our side."
        error.extensions = {"code": "INTERNAL_SERVER_ERROR", "correlationId": correlation_id}


def _origin(error: GraphQLError) -> BaseException | None:
    origin: BaseException | None = error
    while isinstance(origin, GraphQLError):
        origin = cast("Any", origin).original_error
    return origin
