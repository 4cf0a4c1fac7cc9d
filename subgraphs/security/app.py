"""The wiring of this subgraph: the only place that opens anything, and its two pages beside `/graphql`.

NOTE: `/.well-known/jwks.json` is a JWK set (RFC 7517). `/token` is OAuth 2.0's token endpoint for client credentials
(RFC 6749, 4.4): the client's id and secret by HTTP Basic, form-encoded first; errors as in 5.2.
"""

import binascii
from base64 import b64decode
from datetime import timedelta
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.errors import Refusal
from shared.graphql.door import Door, make_app
from shared.settings import WrongSetting
from shared.stores.mongo import MongoStore
from shared.subgraph import Job, Ports, Subgraph
from subgraphs.security.consumers import audit_consumer, export_consumer
from subgraphs.security.documents import DOCUMENTS
from subgraphs.security.errors import WeakPassword
from subgraphs.security.loaders import Loaders
from subgraphs.security.schema import schema
from subgraphs.security.service import SecurityService
from subgraphs.security.settings import read_security_settings

LARGEST_FORM = 4096


async def open_service(ports: Ports) -> tuple[MongoStore, SecurityService]:
    """Open the store and answer the service: all that a command such as `create-admin` or `audit verify` needs."""
    settings = read_security_settings(ports.settings.env)
    store = await ports.open_mongo("security", DOCUMENTS)
    return store, SecurityService.over(store, ports.clock, ports.settings, settings, ports)


async def open_subgraph(ports: Ports) -> Subgraph:
    """Open the store and answer the running subgraph; makes the first key, and the first admin if one is set."""
    store, service = await open_service(ports)
    await service.keys.rotate_if_due()
    await _ensure_admin(ports, service)
    door = Door(schema, name="security", verifier=ports.verifier, service=service, loaders=lambda _: Loaders(service))
    return Subgraph(
        name="security",
        app=make_app(door, *_pages(service)),
        consumers=(
            audit_consumer(service, store, ports.bus, ports.clock),
            export_consumer(service, store, ports.bus, ports.clock),
        ),
        stores=(store,),
        service=service,
        jobs=(
            Job("rotate-signing-keys", timedelta(hours=1), service.keys.rotate_if_due),
            Job("delete-exports", timedelta(hours=1), service.exports.delete_expired),
            Job("delete-expired", timedelta(hours=1), service.retention.delete_expired),
        ),
    )


async def _ensure_admin(ports: Ports, service: SecurityService) -> None:
    email, password = ports.settings.admin_email, ports.settings.admin_password.get_secret_value()
    if not email and not password:
        return
    try:
        await service.registration.ensure_first_admin(email, password)
    except WeakPassword as refusal:
        raise WrongSetting(f"BMC_ADMIN_PASSWORD: {refusal.text}") from refusal
    except Refusal as refusal:
        raise WrongSetting(f"BMC_ADMIN_EMAIL: {refusal.text} (it is {email!r})") from refusal


def _pages(service: SecurityService) -> tuple[Route, Route]:
    async def public_keys(_: Request) -> Response:
        return JSONResponse(await service.keys.published(), headers={"cache-control": "public, max-age=5"})

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body())[:LARGEST_FORM].decode(errors="replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return _refused(400, "unsupported_grant_type")
        name, secret = _basic(request.headers.get("authorization", ""))
        access = await service.tokens.of_client(name, secret)
        if access is None:
            return _refused(401, "invalid_client")
        lifetime = (access.expires_at - access.issued_at).total_seconds()
        granted = {
            "access_token": access.text,
            "token_type": "Bearer",
            "expires_in": int(lifetime),
            "scope": " ".join(access.permissions),
        }
        return JSONResponse(granted, headers={"cache-control": "no-store"})

    return Route("/.well-known/jwks.json", public_keys), Route("/token", token, methods=["POST"])


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    name, _, secret = decoded.partition(":")
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")


def _refused(status: int, error: str) -> Response:
    headers = {"cache-control": "no-store"} | ({"www-authenticate": "Basic"} if status == 401 else {})  # noqa: PLR2004  HTTP.
    return JSONResponse({"error": error}, status_code=status, headers=headers)
