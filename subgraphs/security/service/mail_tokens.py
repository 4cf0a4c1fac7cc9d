"""Mailed tokens: made for an event, so that a mail that is made twice carries the same one; single-use; expiring.

The token is an HMAC of the event's id, so it need not be kept to be made again, and only its hash is. An earlier token
stays good when a later one is asked for: else whoever asks in somebody's name would spoil the mail they are reading.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.errors import NotFound
from subgraphs.security.documents import MailTokenDocument, MailTokenPurpose
from subgraphs.security.errors import ExpiredToken, InvalidToken
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.sealing import as_text, hash_of, keyed_hash

LIFETIMES: Final = {
    MailTokenPurpose.VERIFY_EMAIL: timedelta(hours=24),
    MailTokenPurpose.RESET_PASSWORD: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What goes into the mail."""

    token: str = field(repr=False)
    expires_at: datetime


class MailTokens:
    """Issues, finds and uses them up."""

    def __init__(self, ground: Ground, key: bytes) -> None:
        self._clock = ground.clock
        self._tokens = ground.kept.mail_tokens
        self._accounts = ground.kept.accounts
        self._key = key

    async def issue(self, account_id: str, purpose: MailTokenPurpose, event_id: str) -> IssuedToken:
        """Answer the token of an event, always the same; its time runs from the first asking. Raises NotFound."""
        if await self._accounts.get(account_id) is None:
            raise NotFound
        text = as_text(keyed_hash(self._key, purpose.value, account_id, event_id))
        expires_at = self._clock.now() + LIFETIMES[purpose]
        kept = await self._tokens.add_once(
            MailTokenDocument(id=hash_of(text), account_id=account_id, purpose=purpose, expires_at=expires_at)
        )
        return IssuedToken(text, kept.expires_at)

    async def find(self, text: str, purpose: MailTokenPurpose) -> MailTokenDocument:
        """Answer a token that is good for this; raises InvalidToken, ExpiredToken."""
        token = await self._tokens.get(hash_of(text.strip()))
        if token is None or token.purpose is not purpose or token.used_at is not None:
            raise InvalidToken(field=["token"])
        if token.expires_at <= self._clock.now():
            raise ExpiredToken(field=["token"])
        return token

    async def spend(self, text: str, purpose: MailTokenPurpose) -> str:
        """Use a token up, in the transaction of what it is good for; answer its account's id. Raises as `find`."""
        token = await self.find(text, purpose)
        token.used_at = self._clock.now()
        await self._tokens.keep(token)
        return token.account_id

    async def spend_all(self, account_id: str, purpose: MailTokenPurpose) -> None:
        """Use up whatever else was mailed for this purpose."""
        await self._tokens.use_up(account_id, purpose, self._clock.now())
