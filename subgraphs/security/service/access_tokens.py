"""Access tokens: what shared/auth.py verifies, made for a session or for a service."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.auth import AUDIENCE, ISSUER
from shared.clock import Clock
from shared.ids import new_id
from subgraphs.security.documents import AccountDocument
from subgraphs.security.service.permissions import CLIENTS, SERVICE
from subgraphs.security.service.role_map import RoleMap
from subgraphs.security.service.signing_keys import KeyRing


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token, its span in whole seconds, and the permissions it carries."""

    text: str
    issued_at: datetime
    expires_at: datetime
    permissions: list[str]


class AccessTokens:
    """Makes them. `secret(purpose)` answers the server's key for one purpose."""

    def __init__(
        self, keys: KeyRing, roles: RoleMap, clock: Clock, lifetime: timedelta, secret: Callable[[str], bytes]
    ) -> None:
        self._keys = keys
        self._roles = roles
        self._clock = clock
        self._lifetime = lifetime
        self._secret = secret

    async def of_session(self, account: AccountDocument, session_id: str) -> AccessToken:
        """Make a token for a signed-in person, with what their roles may now."""
        permissions = await self._roles.permissions(account.roles)
        profile = account.profile_id or ""
        own: dict[str, Any] = {"sid": session_id, "ver": account.email_verified}
        if profile.startswith("usr_"):
            own["usr"] = profile
        elif profile.startswith("doc_"):
            own["doc"] = profile
        return await self._signed(account.id, sorted(account.roles), permissions, own)

    async def of_client(self, name: str, secret: str) -> AccessToken | None:
        """Make a token for a service that proves who it is; None for any that does not."""
        expected = self._secret(f"client:{name}").hex()
        proven = hmac.compare_digest(secret.encode(), expected.encode())
        if not proven or name not in CLIENTS:
            return None
        allowed = await self._roles.permissions([SERVICE])
        permissions = [permission for permission in allowed if permission in CLIENTS[name]]
        return await self._signed(f"service:{name}", [SERVICE], permissions, {"client_id": name})

    async def _signed(self, subject: str, roles: list[str], permissions: list[str], own: dict[str, Any]) -> AccessToken:
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + self._lifetime
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "roles": roles,
            "scope": " ".join(permissions),
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": new_id("jti"),
            **own,
        }
        text = (await self._keys.signing()).sign(claims)
        return AccessToken(text, now, expires_at, permissions)
