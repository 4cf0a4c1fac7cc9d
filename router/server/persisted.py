"""Persisted operations: requests that name an operation by its hash instead of sending its text.

NOTE: `extensions.persistedQuery` is `{"version": 1, "sha256Hash": ...}`, the text's hash in hexadecimal. Automatic: a
text that comes with its hash is remembered; a hash alone that is not known is answered with PERSISTED_QUERY_NOT_FOUND,
upon which clients send both. Where this is off, they are told PERSISTED_QUERY_NOT_SUPPORTED, and send no more hashes;
clients go by these words, in code or message. Allow-list: only the texts of a file, JSON from hash to text, are run, by
hash or by text; whatever a client sends, nothing is added. Each worker process remembers for itself.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from router.config import PersistedConfig
from router.errors import (
    BAD_REQUEST,
    PERSISTED_QUERY_NOT_ALLOWED,
    PERSISTED_QUERY_NOT_FOUND,
    PERSISTED_QUERY_NOT_SUPPORTED,
    ConfigError,
    OperationError,
)
from router.server.graphql_request import GraphQLRequest

_MOST_CHARACTERS = 10_000_000


class PersistedOperations:
    """Finds the text of a request; raises `ConfigError` where the file of allowed operations is wrong."""

    def __init__(self, config: PersistedConfig) -> None:
        self._config = config
        self._allowed = read_operations(config.allow_list) if config.allow_list is not None else None
        self._known: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def resolve(self, request: GraphQLRequest) -> str:
        """Find a request's text; raises `OperationError`."""
        if self._allowed is None and not request.extensions and request.query is not None:
            return request.query
        digest = _read_hash(request.extensions)
        if self._allowed is not None:
            return self._resolve_allowed(request, digest, self._allowed)
        if digest is None:
            assert request.query is not None, "A request without a hash has a text."
            return request.query
        if not self._config.automatic:
            if request.query is not None:
                return request.query
            raise OperationError(PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")
        return self._resolve_automatic(request, digest)

    def _resolve_allowed(self, request: GraphQLRequest, digest: str | None, allowed: Mapping[str, str]) -> str:
        if request.query is not None:
            digest = sha256(request.query)
        text = allowed.get(digest) if digest is not None else None
        if text is None:
            raise OperationError(PERSISTED_QUERY_NOT_ALLOWED, "Only listed operations are run.")
        return text

    def _resolve_automatic(self, request: GraphQLRequest, digest: str) -> str:
        if request.query is None:
            text = self._known.get(digest)
            if text is None:
                raise OperationError(PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
            self._known.move_to_end(digest)
            return text
        if sha256(request.query) != digest:
            raise OperationError(BAD_REQUEST, "The hash is not that of the query.")
        if digest not in self._known:
            self._known[digest] = request.query
            self._characters += len(request.query)
        self._known.move_to_end(digest)
        while len(self._known) > self._config.remembered or self._characters > _MOST_CHARACTERS:
            self._characters -= len(self._known.popitem(last=False)[1])
        return request.query


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read_hash(extensions: Mapping[str, Any]) -> str | None:
    given = extensions.get("persistedQuery")
    if given is None:
        return None
    digest = given.get("sha256Hash") if isinstance(given, dict) and given.get("version") == 1 else None
    if not isinstance(digest, str):
        raise OperationError(BAD_REQUEST, "extensions.persistedQuery must have version 1 and a sha256Hash.")
    return digest.lower()


def read_operations(path: Path) -> Mapping[str, str]:
    """Read the allowed operations: a JSON object from SHA-256 to text. Each hash must be its text's."""
    try:
        listed = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(listed, dict):
        raise ConfigError(f"{path}: allowed operations must be an object from hash to text")
    for digest, text in listed.items():
        if not isinstance(text, str) or sha256(text) != digest:
            raise ConfigError(f"{path}: {digest} is not the SHA-256 of its operation")
    return MappingProxyType(listed)
