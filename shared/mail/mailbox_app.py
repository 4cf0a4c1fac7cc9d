"""The mailbox's pages: a list, a mail, its HTML in a frame that can do nothing, its attachments; and all of it as JSON.

A mail's HTML is foreign text: it is served under a policy of its own that allows neither scripts nor requests, inside a
sandboxed frame. Its links open in a new window, for that is how one verifies an e-mail. The page itself has no script.
"""

import re
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import jinja2
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from shared.blobs.disposition import attachment
from shared.mail.mailbox import KeptMail, Mailbox

TEMPLATES = Path(__file__).parent / "templates"
POSITION = re.compile(r"[0-9]{1,3}")

PLAIN_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PAGE_HEADERS = PLAIN_HEADERS | {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
}
HTML_HEADERS = PLAIN_HEADERS | {
    "content-security-policy": (
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline';"
        " img-src data:; form-action 'none'; frame-ancestors 'self'"
    )
}


def mailbox_app(mailbox: Mailbox) -> Starlette:
    """Make the ASGI app; its paths begin with `/mailbox`."""
    pages = MailboxPages(mailbox)
    return Starlette(
        routes=[
            Route("/mailbox", pages.page),
            Route("/mailbox/style.css", pages.style),
            Route("/mailbox/messages", pages.messages),
            Route("/mailbox/html", pages.html),
            Route("/mailbox/attachments", pages.attachment),
        ]
    )


class MailboxPages:
    """The endpoints. A mail is named by `?id=`: its id may hold any character."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
        environment.filters["instant"] = instant
        self._page = environment.get_template("mailbox.html")

    async def page(self, request: Request) -> Response:
        """Answer the list, and the mail that was opened."""
        to = request.query_params.get("to") or None
        opened = await self._mail(request) if "id" in request.query_params else None
        mails = await self._mailbox.messages(to)
        return HTMLResponse(self._page.render(mails=mails, to=to, opened=opened), headers=PAGE_HEADERS)

    async def style(self, request: Request) -> Response:
        """Answer the page's style sheet."""
        del request
        return Response((TEMPLATES / "mailbox.css").read_text(), media_type="text/css", headers=PLAIN_HEADERS)

    async def messages(self, request: Request) -> Response:
        """Answer the list as JSON."""
        mails = await self._mailbox.messages(request.query_params.get("to") or None)
        return JSONResponse([as_json(mail) for mail in mails], headers=PLAIN_HEADERS)

    async def html(self, request: Request) -> Response:
        """Answer a mail's HTML, for the frame."""
        mail = await self._mail(request)
        return HTMLResponse(f'<base target="_blank">{mail.html}', headers=HTML_HEADERS)

    async def attachment(self, request: Request) -> Response:
        """Answer one attachment, `?n=` from 0."""
        position = request.query_params.get("n", "")
        if not POSITION.fullmatch(position):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        found = await self._mailbox.attachment(request.query_params.get("id", ""), int(position))
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = PLAIN_HEADERS | {
            "content-type": found.content_type,
            "content-disposition": attachment(found.name),
            "content-security-policy": "default-src 'none'; sandbox",
        }
        return Response(found.data, headers=headers)

    async def _mail(self, request: Request) -> KeptMail:
        mail = await self._mailbox.message(request.query_params.get("id", ""))
        if mail is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return mail


def as_json(mail: KeptMail) -> dict[str, object]:
    """Answer a mail in the shape that tests and operators rely on."""
    return {
        "id": mail.id,
        "at": instant(mail.at),
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "attachments": [{"name": name, "contentType": content_type} for name, content_type in mail.attachments],
    }


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
