"""Requests that browsers send from pages of other sites: which are allowed (CORS), and which refused (CSRF).

NOTE: Nothing is allowed to other origins unless they are listed; then a browser's preflight is answered, and answers
may be read by their pages. Cross-site request forgery: a POST must be `application/json`, which browsers send to other
sites only after a preflight. A GET and the opening of a WebSocket need none, so they are refused where the browser says
that a page of another site asks, and, where origins are listed, from any other than those and our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from router.config import RouterConfig
from router.errors import BAD_REQUEST, RouterError

# A browser sends these across sites only after a preflight.
_DELIBERATE = ("x-apollo-operation-name", "apollo-require-preflight", "graphql-require-preflight")
_SIMPLE_TYPES = {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"}


class ForeignOrigin(RouterError):
    """A page of another site asks, which is not allowed to."""

    status = 403

    def __init__(self) -> None:
        super().__init__(BAD_REQUEST, "Requests from other sites are not taken.")


class Origins:
    """Who may ask from where, by the settings."""

    def __init__(self, config: RouterConfig) -> None:
        self._cors = config.cors
        self._strict = config.csrf_prevention == "preflight"
        self._allowed = frozenset(config.cors.origins if config.cors is not None else ())

    def refuse_foreign(self, headers: Mapping[str, str]) -> None:
        """Raise `ForeignOrigin` for what a browser would send without asking first, from where it must not come."""
        deliberate = any(headers.get(name) for name in _DELIBERATE)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if deliberate or media_type not in _SIMPLE_TYPES:
            return
        origin = headers.get("origin")
        if self._is_allowed(origin):
            return
        if self._strict or headers.get("sec-fetch-site") == "cross-site" or self._is_stranger(origin, headers):
            raise ForeignOrigin

    def refuse_foreign_socket(self, headers: Mapping[str, str]) -> None:
        """Raise `ForeignOrigin` for a page that may not open a WebSocket; browsers never ask first."""
        origin = headers.get("origin")
        foreign = headers.get("sec-fetch-site") == "cross-site" or self._is_stranger(origin, headers)
        if foreign and not self._is_allowed(origin):
            raise ForeignOrigin

    def preflight(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]] | None:
        """Answer a preflight with these headers; None if it is none, or nothing is allowed to anybody."""
        cors, origin = self._cors, headers.get("origin")
        if cors is None or origin is None or "access-control-request-method" not in headers:
            return None
        lines = self.headers(headers)
        if self._is_allowed(origin):
            asked = ", ".join(cors.headers) or headers.get("access-control-request-headers", "")
            lines.append((b"access-control-allow-methods", b"GET, POST"))
            lines.append((b"access-control-max-age", b"%d" % cors.max_age_seconds))
            if asked:
                lines.append((b"access-control-allow-headers", asked.encode("latin-1")))
        return [*lines, (b"vary", b"origin, access-control-request-method, access-control-request-headers")]

    def headers(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """Name what the page that asks may read."""
        cors, origin = self._cors, headers.get("origin")
        if cors is None or origin is None or not self._is_allowed(origin):
            return []
        whom = b"*" if "*" in self._allowed else origin.encode("latin-1")
        lines = [(b"access-control-allow-origin", whom)]
        if cors.credentials:
            lines.append((b"access-control-allow-credentials", b"true"))
        if cors.exposed_headers:
            lines.append((b"access-control-expose-headers", ", ".join(cors.exposed_headers).encode("latin-1")))
        return lines

    def _is_allowed(self, origin: str | None) -> bool:
        return origin is not None and (origin in self._allowed or "*" in self._allowed)

    def _is_stranger(self, origin: str | None, headers: Mapping[str, str]) -> bool:
        """Whether a page asks that is neither listed nor of our own host; known only where origins are listed."""
        return self._cors is not None and origin is not None and urlsplit(origin).netloc != headers.get("host")
