"""GraphiQL, served from our own address: no CDN, a strict content security policy, works offline.

The page and its own script and style stand in `assets/`. GraphiQL itself (with React and graphql-ws) is third-party
and not part of this repository: its files come from the wheel `graphene-django-graphiql-static`, of which we want the
static files only: it is found on disk and never imported. Where it is not installed, the page says so.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from router.server.asgi import Send, respond

_WHEEL = "graphene_django_graphiql_static"
_OWN = Path(__file__).parent / "assets"
_TYPES = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
}
# GraphiQL's editor sets style attributes and inserts style elements, so styles cannot be stricter.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SECURITY = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
ASSETS = "/graphiql/assets/"


class GraphiQL:
    """The page and its files."""

    def __init__(self, graphql_path: str) -> None:
        self._graphql_path = graphql_path
        self._files = {path.name: path for folder in (wheel_folder(), _OWN) if folder for path in folder.iterdir()}

    async def page(self, send: Send) -> None:
        name = "graphiql.html" if "graphiql.min.js" in self._files else "not-installed.html"
        page = self._files[name].read_text(encoding="utf-8").replace("{graphql_path}", self._graphql_path)
        headers = [*_SECURITY, (b"vary", b"accept"), (b"cache-control", b"no-cache")]
        await respond(send, 200, _TYPES[".html"], page.encode(), headers)

    async def asset(self, name: str, send: Send) -> None:
        path = self._files.get(name)
        content_type = _TYPES.get(path.suffix) if path is not None else None
        if path is None or content_type is None or path.suffix == ".html":
            await respond(send, 404, b"text/plain; charset=utf-8", b"Not found.")
            return
        body, tag = _read(path)
        await respond(send, 200, content_type, body, [*_SECURITY, (b"etag", tag), (b"cache-control", b"no-cache")])


def wheel_folder() -> Path | None:
    """Find the wheel's static files, without importing it (it belongs to a framework we do not have)."""
    found = find_spec(_WHEEL)
    for location in (found.submodule_search_locations if found else None) or ():
        folder = Path(location) / "static" / _WHEEL
        if folder.is_dir():
            return folder
    return None


@cache
def _read(path: Path) -> tuple[bytes, bytes]:
    body = path.read_bytes()
    return body, b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
