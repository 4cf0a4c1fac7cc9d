"""Verification of bearer tokens: signature by the issuer's published keys, then `iss`, `aud`, `exp` and `nbf`.

NOTE: Keys are fetched when first needed and kept for a while; a token with an unknown `kid` has them fetched again, at
most once in a short time, so that neither a rotation goes unnoticed nor forged tokens make us hammer the issuer. When
a later fetch fails, the known keys stay. Algorithms are pinned by our settings, never chosen by the token.
Verified tokens are remembered until they expire or the keys change: a signature costs more than all else together.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import orjson

from router.config import AuthConfig
from router.errors import UNAUTHENTICATED, RouterError, TransportError
from router.transport import PlainRequest, Transport

_REMEMBERED_TOKENS = 10_000
# PyJWTError: whatever is wrong with a token, also that its algorithm is not one for the key that it names.
_NO_TOKEN = (jwt.PyJWTError, TypeError, ValueError, ArithmeticError, RecursionError)


class Unauthenticated(RouterError):
    """The token is not one of ours, or no longer."""

    def __init__(self, message: str) -> None:
        super().__init__(UNAUTHENTICATED, message)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks; without claims: anybody. `expires_at` is in seconds since 1970."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    expires_at: float | None = None


ANONYMOUS = Identity()


class KeySet:
    """The issuer's public keys by `kid`."""

    def __init__(self, config: AuthConfig, transport: Transport, clock: Callable[[], float]) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._lock = asyncio.Lock()
        self.generation = 0

    async def find(self, kid: str | None) -> jwt.PyJWK | None:
        if self._is_older_than(self._config.keys_cached_seconds):
            await self._refresh(self._config.keys_cached_seconds)
        if kid not in self._keys and self._is_older_than(self._config.keys_refetched_after_seconds):
            await self._refresh(self._config.keys_refetched_after_seconds)
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _is_older_than(self, seconds: float) -> bool:
        return self._fetched_at is None or self._clock() - self._fetched_at > seconds

    async def _refresh(self, seconds: float) -> None:
        async with self._lock:
            if not self._is_older_than(seconds):
                return  # Another request has fetched them while this one waited.
            try:
                keys = await self._fetch()
            except TransportError:
                if not self._keys:
                    raise
                self._fetched_at = self._clock()
                return
            self._fetched_at = self._clock()
            self._keys = keys
            self.generation += 1

    async def _fetch(self) -> dict[str | None, jwt.PyJWK]:
        response = await self._transport.request(PlainRequest("GET", self._config.jwks_url))
        try:
            listed = orjson.loads(response.body)["keys"]
            keys = [key for entry in listed if entry.get("use", "sig") == "sig" and (key := _read_key(entry))]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TransportError(f"the key set answered status {response.status} and no keys") from error
        return {key.key_id: key for key in keys}


def _read_key(entry: dict[str, Any]) -> jwt.PyJWK | None:
    """Read a key; one of a kind that is unknown here is none of ours, and no reason to do without the others."""
    try:
        return jwt.PyJWK.from_dict(entry)
    except jwt.PyJWTError:
        return None


class TokenVerifier:
    """Turns an Authorization header into an identity."""

    def __init__(self, config: AuthConfig | None, transport: Transport, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._keys = KeySet(config, transport, clock) if config is not None else None
        self._remembered: OrderedDict[str, tuple[int, Identity]] = OrderedDict()

    async def verify(self, authorization: str | None) -> Identity:
        """Raise `Unauthenticated` for a bad token, `TransportError` when there are no keys to tell."""
        if authorization is None or self._config is None or self._keys is None:
            return ANONYMOUS
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header must be a bearer token.")
        known = self._find(token)
        if known is not None:
            return known
        identity = await self._decode(token, self._config, self._keys)
        self._remembered[token] = (self._keys.generation, identity)
        if len(self._remembered) > _REMEMBERED_TOKENS:
            self._remembered.popitem(last=False)
        return identity

    def known(self, authorization: str | None) -> Identity | None:
        """Answer what `verify` would, if it is known already."""
        if authorization is None or self._config is None:
            return ANONYMOUS
        scheme, _, token = authorization.strip().partition(" ")
        return self._find(token.strip()) if scheme.lower() == "bearer" else None

    def _find(self, token: str) -> Identity | None:
        """Find a token that was verified with the keys of now, and is still good."""
        known = self._remembered.get(token)
        if known is None or self._keys is None:
            return None
        generation, identity = known
        return identity if generation == self._keys.generation and self._is_current(identity) else None

    def seconds_left(self, identity: Identity) -> float | None:
        """Tell how long the identity may be used; None for ever."""
        return None if identity.expires_at is None else max(0.0, identity.expires_at - self._clock())

    def _is_current(self, identity: Identity) -> bool:
        return identity.expires_at is not None and self._clock() < identity.expires_at

    async def _decode(self, token: str, config: AuthConfig, keys: KeySet) -> Identity:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in config.algorithms:
                raise Unauthenticated("The token is not valid.")
            key = await keys.find(header.get("kid"))
            if key is None:
                raise Unauthenticated("The token is not valid.")
            claims = jwt.decode(
                token,
                key.key,
                algorithms=list(config.algorithms),
                audience=config.audience,
                issuer=config.issuer,
                leeway=config.leeway_seconds,
                options={"require": ["exp"], "verify_aud": config.audience is not None},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The token has expired.") from None
        except _NO_TOKEN as error:
            raise Unauthenticated("The token is not valid.") from error
        return Identity(claims, float(claims["exp"]) + config.leeway_seconds)
