"""The pages where mails lead: `/verify-email?token=` and `/reset-password?token=`.

A page acts on its button, never on GET: mail scanners follow links, and a link that acts would spend the token.
"""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def _page(path: str, file: str) -> Route:
    async def show(_: Request) -> Response:
        return FileResponse(_FOLDER / file, headers=_HEADERS)

    return Route(path, show)


PAGES = [
    _page("/verify-email", "verify_email.html"),
    _page("/reset-password", "reset_password.html"),
    _page("/pages/acting.js", "acting.js"),
    _page("/pages/pages.css", "pages.css"),
]
