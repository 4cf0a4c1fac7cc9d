"""The keys that sign access tokens: made, announced, used, published for as long as their tokens live, deleted.

A new key is announced a moment before it signs. A verifier that meets an unknown key fetches the keys, though not twice
within five seconds: one that fetched so lately has the announced key already, any other may fetch; so a rotation under
load refuses nobody. Every process looks for new keys every few seconds, so none needs a restart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.auth import ALGORITHM
from shared.ids import new_id
from subgraphs.security.documents import SigningKeyDocument
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.sealing import Seal, as_text

ANNOUNCED: Final = timedelta(seconds=15)
LOOK_AGAIN: Final = timedelta(seconds=5)
GRACE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, ready to sign."""

    kid: str
    private: Ed25519PrivateKey

    def sign(self, claims: dict[str, Any]) -> str:
        """Answer the JWT."""
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers={"kid": self.kid})


class KeyRing:
    """Holds the platform's keys; `tokens_live` is how long an access token does."""

    def __init__(self, ground: Ground, seal: Seal, *, tokens_live: timedelta, oldest: timedelta) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._keys = ground.kept.signing_keys
        self._guards = ground.kept.guards
        self._seal = seal
        self._tokens_live = tokens_live
        self._oldest = oldest
        self._signing: SigningKey | None = None
        self._look_at: datetime | None = None

    async def signing(self) -> SigningKey:
        """Answer the key that signs now; makes the first one."""
        now = self._clock.now()
        if self._signing is None or self._look_at is None or now >= self._look_at:
            current = await self._current(now)
            if current is None:
                await self.rotate_if_due()
                current = await self._current(self._clock.now())
            assert current is not None, "a rotation leaves a key that signs"
            if self._signing is None or self._signing.kid != current.id:
                self._signing = SigningKey(current.id, self._opened(current))
            self._look_at = now + LOOK_AGAIN
        return self._signing

    async def published(self) -> dict[str, Any]:
        """Answer the JWK set (RFC 7517)."""
        now = self._clock.now()
        public = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM}
        keys = [key for key in await self._keys.all() if key.published_until is None or key.published_until > now]
        return {"keys": [{**public, "kid": key.id, "x": key.public} for key in keys]}

    async def rotate(self, *, compromised: bool = False) -> str:
        """Make a new key and answer its id.

        The others are published until the last token that they signed has ended; `compromised` ends them, and every
        token of theirs, at once.
        """

        async def work() -> str:
            await self._guards.pass_alone("signing-keys")
            return await self._add_key(compromised=compromised)

        kid = await self._store.transaction(work)
        self._look_at = None
        return kid

    async def rotate_if_due(self) -> str | None:
        """Rotate if there is no key, or the newest is too old; a clock job. Deletes what is no longer published."""

        async def work() -> str | None:
            await self._guards.pass_alone("signing-keys")
            now = self._clock.now()
            await self._keys.delete_retired(now)
            keys = await self._keys.all()
            if keys and keys[0].created_at > now - self._oldest:
                return None
            return await self._add_key(compromised=False)

        return await self._store.transaction(work)

    async def _add_key(self, *, compromised: bool) -> str:
        now = self._clock.now()
        others = [key.id for key in await self._keys.all() if key.published_until is None]
        signs_from = now + ANNOUNCED if others and not compromised else now
        private = Ed25519PrivateKey.generate()
        kid = new_id("key")
        key = SigningKeyDocument(
            id=kid,
            public=as_text(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
            private=self._seal.close(private.private_bytes_raw(), kid),
            created_at=now,
            signs_from=signs_from,
        )
        if compromised:
            await self._keys.retire([key.id for key in await self._keys.all()], now)
            await self._keys.delete_retired(now)
        else:
            await self._keys.retire(others, signs_from + LOOK_AGAIN + self._tokens_live + GRACE)
        await self._keys.add(key)
        return kid

    async def _current(self, now: datetime) -> SigningKeyDocument | None:
        # The one that signs from the latest instant comes first.
        return next((key for key in await self._keys.all() if key.signs_from <= now), None)

    def _opened(self, key: SigningKeyDocument) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seal.open(key.private, key.id))
