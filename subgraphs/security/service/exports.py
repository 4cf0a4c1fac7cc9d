"""Data exports: asked for, made by a worker, fetched by a mailed address, and gone after a day.

Asking only leaves an event: gathering takes time, and other parts may be down. The event names the export, so a second
delivery makes no second file. The file is in the blob store; the mail that says so asks for an address when it is sent.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import orjson

from shared.auth import Caller
from shared.blobs.store import BlobStore
from shared.clients.entities import EntityClient
from shared.errors import Unauthenticated
from shared.events.declared import event
from subgraphs.security.documents import AccountDocument, ExportDocument
from subgraphs.security.events import SOURCE, AccountExportReady, AccountExportRequested
from subgraphs.security.service.access_tokens import AccessTokens
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.holdings import gather
from subgraphs.security.service.sessions import Sessions
from subgraphs.security.service.throttle import Budget, Throttle

JSON: Final = "application/json"
KEPT_FOR: Final = timedelta(days=1)
ADDRESS_LIVES: Final = timedelta(hours=1)
EXPORTS: Final = Budget("exports", 3, timedelta(hours=8))

AskAs = Callable[[Callable[[], Awaitable[str]]], EntityClient]


class Exports:
    """Makes exports and hands out their addresses."""

    def __init__(
        self,
        ground: Ground,
        sessions: Sessions,
        tokens: AccessTokens,
        throttle: Throttle,
        *,
        blobs: BlobStore,
        ask_as: AskAs,
    ) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._kept = ground.kept
        self._sessions = sessions
        self._tokens = tokens
        self._throttle = throttle
        self._blobs = blobs
        self._ask_as = ask_as

    async def request(self, caller: Caller) -> None:
        """Ask for an export of the caller's; raises TooManyAttempts."""
        account_id = await self._sessions.require_live(caller)
        await self._throttle.begin(EXPORTS, account_id)

        async def work() -> None:
            account = await self._kept.accounts.get(account_id)
            if account is None:
                raise Unauthenticated
            requested = AccountExportRequested(account_id=account.id, version=account.version)
            self._store.publish(event(SOURCE, account.id, requested, self._clock))

        await self._store.transaction(work)

    async def make(self, account_id: str, export_id: str) -> None:
        """Gather, write the file and say so; done once, or not at all for an account that is gone.

        Raises SubgraphUnavailable.
        """
        account = await self._kept.accounts.get(account_id)
        if account is None or await self._kept.exports.get(export_id) is not None:
            return
        export = ExportDocument(id=export_id, account_id=account_id, expires_at=self._clock.now() + KEPT_FOR)
        await self._blobs.write(
            _key(export), orjson.dumps(await self._holdings(account), option=orjson.OPT_INDENT_2), JSON
        )

        async def work() -> bool:
            if await self._kept.accounts.get(account_id) is None:
                return False
            await self._kept.exports.add(export)
            ready = AccountExportReady(account_id=account_id, export_id=export_id, version=account.version)
            self._store.publish(event(SOURCE, account_id, ready, self._clock))
            return True

        if not await self._store.transaction(work):
            await self._blobs.delete(_key(export))

    async def address(self, account_id: str) -> str | None:
        """Answer a short-lived address of the account's latest export; None if there is none."""
        export = await self._kept.exports.latest(account_id, self._clock.now())
        if export is None:
            return None
        return await self._blobs.presign_download(
            _key(export), filename="my-data.json", content_type=JSON, expires_in=ADDRESS_LIVES
        )

    async def forget(self, account_id: str) -> None:
        """Delete an account's exports."""
        for export in await self._kept.exports.of(account_id):
            await self._delete(export)

    async def delete_expired(self) -> None:
        """Delete the exports that have expired."""
        for export in await self._kept.exports.expired(self._clock.now()):
            await self._delete(export)

    async def _delete(self, export: ExportDocument) -> None:
        await self._blobs.delete(_key(export))
        await self._kept.exports.delete(export)

    async def _holdings(self, account: AccountDocument) -> dict[str, Any]:
        async def token() -> str:
            return (await self._tokens.of_session(account, "")).text

        (sessions,) = await self._sessions.live([account.id])
        shown = {"id", "email", "email_verified", "status", "roles", "profile_id", "created_at"}
        return {
            "made_at": self._clock.now(),
            "account": {**account.model_dump(mode="json", include=shown), "two_step": account.totp is not None},
            "sessions": [
                session.model_dump(mode="json", include={"id", "user_agent", "created_at", "last_used_at"})
                for session in sessions
            ],
            "held": await gather(self._ask_as(token), account.profile_id) if account.profile_id else {},
        }


def _key(export: ExportDocument) -> str:
    return f"exports/{export.id}.json"
