"""What is kept how long after it has expired, and the clock job that deletes it.

Sessions and refresh tokens stay for a while, so that a spent token is still told from one that never was. Mailed tokens
stay for much longer than any event can be delivered again: else the mail of an old event would carry a live token.
"""

from datetime import timedelta
from typing import Final

from subgraphs.security.service.ground import Ground

SESSIONS: Final = timedelta(days=30)
MAIL_TOKENS: Final = timedelta(days=400)
PLACES: Final = timedelta(days=90)


class Retention:
    """Deletes what nobody needs any more."""

    def __init__(self, ground: Ground) -> None:
        self._kept = ground.kept
        self._clock = ground.clock

    async def delete_expired(self) -> None:
        """Delete it; twice or late does no harm."""
        now = self._clock.now()
        await self._kept.sessions.delete_expired(now - SESSIONS)
        await self._kept.mail_tokens.delete_expired(now - MAIL_TOKENS)
        await self._kept.places.delete_unseen(now - PLACES)
        await self._kept.budgets.delete_drained(now)
