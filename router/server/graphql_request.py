"""The GraphQL request of an HTTP request or a WebSocket message, checked parameter by parameter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from router.errors import BAD_REQUEST, RouterError

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class BadRequest(RouterError):
    """Not a GraphQL request; `status` is HTTP's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(BAD_REQUEST, message)
        self.status = status


class GraphQLRequest(NamedTuple):
    """What the client asks for; the text is absent where the operation is named by its hash."""

    query: str | None
    operation_name: str | None
    variables: Mapping[str, Any]
    extensions: Mapping[str, Any]


def parse_body(content_type: str, body: bytes) -> GraphQLRequest:
    """Read a POST's body. Only JSON is taken: browsers send it across sites only after asking."""
    refusal = _refusal_of(content_type)
    if refusal is not None:
        raise BadRequest(refusal, 415)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not JSON.") from None
    return parse_parameters(given)


@lru_cache(maxsize=256)
def _refusal_of(content_type: str) -> str | None:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != "application/json":
        return "The content type must be application/json."
    if "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        return "The body must be UTF-8."
    return None


def parse_query_string(query_string: bytes) -> GraphQLRequest:
    """Read a GET's parameters; variables and extensions are JSON."""
    given: dict[str, Any] = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        if name in given:
            try:
                given[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError:
                raise BadRequest(f"{name} is not JSON.") from None
    return parse_parameters(given)


def parse_parameters(given: Any) -> GraphQLRequest:
    """Check the parameters' types; raises `BadRequest` that names the wrong one."""
    if isinstance(given, list):
        raise BadRequest("Batches of operations are not taken.")
    if not isinstance(given, dict):
        raise BadRequest("A GraphQL request is an object.")
    get = given.get
    query, extensions = get("query"), get("extensions")
    extensions = _NOTHING if extensions is None else _mapping(extensions, "extensions")
    if not (query.__class__ is str and query) and not (query is None and "persistedQuery" in extensions):
        raise BadRequest("query must be a string.")
    operation_name, variables = get("operationName"), get("variables")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest("operationName must be a string.")
    variables = _NOTHING if variables is None else _mapping(variables, "variables")
    return GraphQLRequest(query, operation_name or None, variables, extensions)


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object.")
    return value
