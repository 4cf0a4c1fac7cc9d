"""Who calls: access tokens, verified against the platform's public keys.

NOTE: The access token is a JWT (RFC 7519) signed with EdDSA (RFC 8037): `iss`, `aud`, `sub` (account id), `sid`
(session id), `roles`, `scope` (permissions, space-separated), `exp`, `iat`, `jti`, `kid` in the header; and the
platform's own `usr` and `doc` (the account's patient or doctor profile id) and `ver` (its e-mail is verified). Every
subgraph verifies it again itself: nobody trusts a header.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from shared.clock import Clock
from shared.errors import BmcError, SubgraphUnavailable, Unauthenticated

ISSUER = "bookmyconsultation"
AUDIENCE = "bookmyconsultation-api"
ALGORITHM = "EdDSA"
KEYS_REFETCH_SECONDS = 5
REMEMBERED_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request; `ANONYMOUS` for nobody. `expires_at` is the token's end."""

    account_id: str | None = None
    session_id: str | None = None
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    user_id: str | None = None
    doctor_id: str | None = None
    email_verified: bool = False
    expires_at: datetime | None = None

    @property
    def signed_in(self) -> bool:
        """Whether a person or a service stands behind the request."""
        return self.account_id is not None

    @property
    def is_service(self) -> bool:
        """Whether another part of the platform calls."""
        return "SERVICE" in self.roles

    def may(self, permission: str) -> bool:
        """Whether the caller holds a permission such as `doctors:review`."""
        return permission in self.permissions


ANONYMOUS = Caller()


def read_claims(claims: dict[str, Any]) -> Caller:
    """Make the caller of verified claims."""
    return Caller(
        account_id=claims["sub"],
        session_id=claims.get("sid"),
        roles=frozenset(claims.get("roles", ())),
        permissions=frozenset(claims.get("scope", "").split()),
        user_id=claims.get("usr"),
        doctor_id=claims.get("doc"),
        email_verified=bool(claims.get("ver", False)),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


class TokenVerifier:
    """Verifies access tokens; fetches the keys once, and again (at most every 5 s) for a token of an unknown key.

    Whoever comes while the keys are being fetched waits for that fetch. One that fails tells nothing about a token, so
    it is unavailable, not invalid, and the next request may fetch again.
    """

    def __init__(self, fetch_keys: Callable[[], Awaitable[bytes]], clock: Clock) -> None:
        self._fetch_keys = fetch_keys
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._remembered: OrderedDict[str, Caller] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Answer the token's caller; raises Unauthenticated for a bad or expired token, SubgraphUnavailable."""
        caller = self._remembered.get(token)
        if caller is None:
            caller = read_claims(await self._claims(token))
            self._remembered[token] = caller
            if len(self._remembered) > REMEMBERED_TOKENS:
                self._remembered.popitem(last=False)
        if caller.expires_at is None or caller.expires_at <= self._clock.now():
            self._remembered.pop(token, None)
            raise Unauthenticated("The access token has expired.")
        return caller

    async def verify_header(self, authorization: str | None) -> Caller:
        """Answer the caller of an Authorization header; nobody's, when there is none."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send the access token as `Authorization: Bearer …`.")
        return await self.verify(token.strip())

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            return jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                # The clock port decides about expiry, above.
                options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise Unauthenticated("The access token is not valid.") from error

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys and self._may_fetch():
            if self._fetching is None:
                self._fetching = asyncio.create_task(self._fetch())
                self._fetching.add_done_callback(self._fetched)
            # Shielded: the fetch is also of others, who may still be there when this request has gone.
            await asyncio.shield(self._fetching)
        if kid not in self._keys:
            raise Unauthenticated("The access token is not valid.")
        return self._keys[kid]

    async def _fetch(self) -> None:
        try:
            keys = jwt.PyJWKSet.from_json((await self._fetch_keys()).decode()).keys
        except (BmcError, ValueError, jwt.PyJWTError) as error:
            raise SubgraphUnavailable("Access tokens cannot be verified now; try again.") from error
        self._keys = {str(key.key_id): key for key in keys}
        self._fetched_at = self._clock.now()

    def _fetched(self, task: asyncio.Task[None]) -> None:
        self._fetching = None
        if not task.cancelled():
            # Looked at, so that nobody is told of an error that no request is left to hear.
            task.exception()

    def _may_fetch(self) -> bool:
        if self._fetched_at is None:
            return True
        return (self._clock.now() - self._fetched_at).total_seconds() >= KEYS_REFETCH_SECONDS
