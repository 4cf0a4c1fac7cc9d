"""The audit trail: a chain of records, each of which vouches for all before it.

A link's hash is an HMAC, with a server key, over its number, its content and the hash of the link before. Whoever can
write to the database but does not know the key can neither change a link, nor drop or insert one, without breaking the
chain; cutting the newest links off and moving the head back remains possible, and is found by comparing with a number
and hash that were written down elsewhere: `verify` answers the head for that, and takes one.

Records come as events, at least once, those of different subjects at the same time. Only one can be next, so within a
process they queue here, before their transactions begin; between processes the head's document lets one through.
"""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from shared.clock import to_milliseconds
from shared.events.envelope import Event
from shared.pagination import Page, PageRequest
from subgraphs.security.documents import AuditDocument
from subgraphs.security.repository.audit import AuditCriteria
from subgraphs.security.service.ground import Ground

GENESIS: Final = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to which object, with what outcome; `user_id` is the patient whose record it concerns."""

    actor_id: str
    action: str
    resource_type: str
    resource_id: str
    user_id: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link's number and hash, written down where the database's writers cannot reach."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: `broken_at` is the number of the first link that does not hold, with the reason."""

    links: int
    head: Anchor
    broken_at: int | None = None
    reason: str | None = None

    @property
    def intact(self) -> bool:
        """Whether every link holds."""
        return self.broken_at is None


class AuditTrail:
    """Appends, lists and verifies."""

    def __init__(self, ground: Ground, key: bytes) -> None:
        self._store = ground.store
        self._audit = ground.kept.audit
        self._key = key
        self._next = asyncio.Lock()

    async def append(self, event: Event, deed: Deed) -> None:
        """Add a record, once for each event."""

        async def work() -> None:
            if await self._audit.has(event.id):
                return
            head = await self._audit.head()
            link = AuditDocument(
                id=head.number + 1 if head else 1,
                event_id=event.id,
                # What MongoDB would cut off must not be in the hash.
                at=to_milliseconds(event.time),
                actor_id=deed.actor_id,
                action=deed.action,
                resource_type=deed.resource_type,
                resource_id=deed.resource_id,
                user_id=deed.user_id,
                outcome=deed.outcome,
                previous_hash=head.hash if head else GENESIS,
                hash="",
            )
            link.hash = self._hash_of(link)
            await self._audit.append(link)

        async with self._next:
            await self._store.transaction(work)

    async def page(self, criteria: AuditCriteria, request: PageRequest) -> Page[AuditDocument]:
        """Answer a page of the trail, latest first."""
        return await self._audit.page(criteria, request)

    async def pages_of_users(self, user_ids: Sequence[str], request: PageRequest) -> list[Page[AuditDocument]]:
        """Answer who opened each of several patients' records, latest first."""
        return await self._audit.pages_of_users(user_ids, request)

    async def verify(self, written_down: Anchor | None = None) -> Verdict:
        """Walk the whole chain, and check that it runs through an anchor if one is given."""
        # The head is read first: what is appended during the walk is beyond it.
        head = await self._audit.head()
        ends = Anchor(head.number, head.hash) if head else Anchor(0, GENESIS)
        passed = Anchor(0, GENESIS)
        awaited = {anchor.number: anchor.hash for anchor in (ends, written_down) if anchor is not None}
        if written_down is not None and awaited[written_down.number] != written_down.hash:
            return Verdict(0, ends, written_down.number, "its hash is not the one that was written down")
        async for link in self._audit.in_order():
            reason = self._wrong(link, passed)
            if reason is None and awaited.get(link.id, link.hash) != link.hash:
                reason = "its hash is not the one that was written down"
            if reason is not None:
                return Verdict(passed.number, ends, passed.number + 1, reason)
            passed = Anchor(link.id, link.hash)
        if passed.number < max(awaited):
            return Verdict(passed.number, ends, passed.number + 1, "the trail was cut off here")
        return Verdict(passed.number, ends)

    def _wrong(self, link: AuditDocument, before: Anchor) -> str | None:
        if link.id != before.number + 1:
            return "a link is missing"
        if link.previous_hash != before.hash:
            return "it does not follow the link before"
        if not hmac.compare_digest(link.hash, self._hash_of(link)):
            return "its content is not what was recorded"
        return None

    def _hash_of(self, link: AuditDocument) -> str:
        content = link.model_dump(mode="json", exclude={"hash", "revision_id"})
        return hmac.digest(self._key, orjson.dumps(content, option=orjson.OPT_SORT_KEYS), "sha256").hex()
