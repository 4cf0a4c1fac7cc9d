"""Who gets no more mail: addresses that do not exist, and people who said that ours is junk.

A bounce for good stops everything: nobody would read it, and a sender who goes on is taken for a spammer, which would
cost all others their mail. A complaint stops what we would like to say, not what keeps an account safe: whoever
complained of a reminder must still be able to reset a password, and asks for that mail themselves.

Addresses are kept as keyed digests: they tell nobody who was written to, and find again whom not to write to.
"""

import hmac
import logging
from hashlib import sha256
from typing import Final

from shared.clock import Clock
from shared.mail.ses_notices import Reason, Unwanted
from shared.stores.store import Store
from subgraphs.notifications.documents import Kind
from subgraphs.notifications.repository import NotificationRepository

SECURITY_MAILS: Final = frozenset({Kind.VERIFY_EMAIL, Kind.PASSWORD_RESET, Kind.PASSWORD_CHANGED})
SEEN_BY: Final = "mail-notices"

_logger = logging.getLogger(__name__)


class SuppressionService:
    """Notes who gets no more mail, and tells; `secret` keys the digests."""

    def __init__(self, store: Store, repository: NotificationRepository, secret: bytes, clock: Clock) -> None:
        self._store = store
        self._repository = repository
        self._secret = secret
        self._clock = clock

    async def note(self, notice_id: str, unwanted: Unwanted) -> None:
        """Note what a notice says, once: told again, it changes nothing, though an address was freed meanwhile."""

        async def work() -> bool:
            if not await self._store.first_time(SEEN_BY, notice_id):
                return False
            for address in unwanted.addresses:
                key = self._key(address)
                await self._repository.suppress(key, unwanted.reason, unwanted.mail_id, self._clock.now())
            return True

        if await self._store.transaction(work):
            about = {"reason": unwanted.reason.value, "notification": unwanted.mail_id}
            _logger.warning("an address gets no more mail", extra=about)

    async def forbids(self, address: str, kind: Kind) -> bool:
        """Tell whether an address gets no mail of this kind."""
        reason = await self._repository.suppression(self._key(address))
        return reason is Reason.BOUNCED or (reason is Reason.COMPLAINED and kind not in SECURITY_MAILS)

    def _key(self, address: str) -> str:
        return hmac.new(self._secret, address.lower().encode(), sha256).hexdigest()
