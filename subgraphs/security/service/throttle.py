"""Throttling, by leaking buckets in the store, so that every process counts the same.

An attempt is taken from its buckets *before* it is judged, so that a thousand at once get no more than the bucket
holds, and is given back when it turns out right: only failures fill a bucket. A refused attempt takes nothing, so
hammering a full bucket prolongs nothing.

Sign-in must not be guessed at, from one address or from ten thousand; and whoever guesses must not thereby lock the
owner out. Counting by account alone would do just that, counting by address alone stops no botnet. Therefore:

* a *place* is the pair of account and where a request comes from (network and user agent). Each has a bucket of its
  own, always;
* a place is *known* once its owner signed in there, or used a mailed token there. Known places have no other bucket:
  what strangers do to the account, or others behind the same address, does not touch them;
* unknown places share a bucket for the account (this stops the botnet) and one for their network (this stops trying
  one password on many accounts);
* an owner who comes from a new place during an attack asks for a password reset: the mailed token makes the place
  known. An attacker who wears out the budget of those mails has thereby had five of them sent, each good for an hour.

What remains: an attacker behind the owner's own address who also sends the owner's exact user agent can slow that
place down to one attempt a minute. An account that does not exist is counted like one that does.
Source of the idea: https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subgraphs.security.errors import TooManyAttempts
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.origin import Origin
from subgraphs.security.service.sealing import as_text, keyed_hash


@dataclass(frozen=True, slots=True)
class Budget:
    """`size` attempts at once, and one more each `leak`."""

    name: str
    size: int
    leak: timedelta


PLACE: Final = Budget("place", 8, timedelta(minutes=1))
ACCOUNT: Final = Budget("account", 30, timedelta(minutes=5))
NETWORK: Final = Budget("network", 100, timedelta(seconds=3))
MAILS: Final = Budget("mails", 5, timedelta(minutes=5))
MAILS_OF_NETWORK: Final = Budget("mails-of-network", 30, timedelta(seconds=20))
CODES: Final = Budget("codes", 5, timedelta(minutes=1))
CURRENT_PASSWORD: Final = Budget("current-password", 5, timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was taken for one attempt; `place` and `place_bucket` only of a sign-in."""

    buckets: tuple[str, ...]
    place: str | None = None
    place_bucket: str | None = None


class Throttle:
    """Takes attempts; raises TooManyAttempts."""

    def __init__(self, ground: Ground, key: bytes) -> None:
        self._clock = ground.clock
        self._budgets = ground.kept.budgets
        self._places = ground.kept.places
        self._key = key

    async def begin_sign_in(self, email: str, origin: Origin) -> Attempt:
        """Take a sign-in to the account of an e-mail, there or not."""
        place = self._place(email, origin)
        wanted = [(PLACE, place)]
        if not await self._places.knows(place):
            wanted += [(ACCOUNT, email), *self._network(NETWORK, origin)]
        taken = await self._take(wanted)
        return Attempt(taken, place, taken[0])

    async def begin_mail(self, purpose: str, email: str, origin: Origin) -> Attempt:
        """Take the asking for a mail of one purpose to an address; other purposes have their own bucket."""
        return Attempt(await self._take([(MAILS, f"{purpose} {email}"), *self._network(MAILS_OF_NETWORK, origin)]))

    async def begin(self, budget: Budget, subject: str) -> Attempt:
        """Take from one bucket."""
        return Attempt(await self._take([(budget, subject)]))

    async def give_back(self, attempt: Attempt) -> None:
        """Say that the attempt was not a wrong one."""
        for bucket in attempt.buckets:
            await self._budgets.give_back(bucket)

    async def succeed(self, attempt: Attempt) -> None:
        """Say that the owner signed in: their place is known, its bucket empty."""
        await self.give_back(attempt)
        if attempt.place is not None and attempt.place_bucket is not None:
            await self._budgets.empty(attempt.place_bucket)
            await self._places.remember(attempt.place, self._clock.now())

    async def trust(self, email: str, origin: Origin) -> None:
        """Make a place known, where a mailed token proved the owner."""
        place = self._place(email, origin)
        await self._budgets.empty(self._bucket(PLACE, place))
        await self._places.remember(place, self._clock.now())

    async def _take(self, wanted: list[tuple[Budget, str]]) -> tuple[str, ...]:
        taken: list[str] = []
        for budget, subject in wanted:
            bucket = self._bucket(budget, subject)
            if not await self._budgets.take(bucket, size=budget.size, leak=budget.leak, now=self._clock.now()):
                await self.give_back(Attempt(tuple(taken)))
                raise TooManyAttempts
            taken.append(bucket)
        return tuple(taken)

    def _network(self, budget: Budget, origin: Origin) -> list[tuple[Budget, str]]:
        return [(budget, origin.network)] if origin.network else []

    def _place(self, email: str, origin: Origin) -> str:
        return as_text(keyed_hash(self._key, "place", email, origin.network or "", origin.agent or ""))

    def _bucket(self, budget: Budget, subject: str) -> str:
        return as_text(keyed_hash(self._key, "bucket", budget.name, subject))
