"""The queries of sessions and of their refresh tokens."""

from collections.abc import Sequence
from datetime import datetime

from subgraphs.security.documents import RefreshTokenDocument, Row, SessionDocument


class SessionRepository:
    """Reads and writes sessions."""

    async def add(self, session: SessionDocument) -> None:
        """Insert."""
        await session.insert()

    async def keep(self, session: SessionDocument) -> None:
        """Write back what was read in this transaction and changed."""
        await session.replace()

    async def get(self, session_id: str) -> SessionDocument | None:
        """Answer one session, ended ones too."""
        return await SessionDocument.find_one({"_id": session_id})

    async def live(self, account_ids: Sequence[str], now: datetime) -> list[list[SessionDocument]]:
        """Answer each account's sessions that go on, newest first."""
        query = {"account_id": {"$in": list(account_ids)}, "ended_at": None, "expires_at": {"$gt": now}}
        found: dict[str, list[SessionDocument]] = {key: [] for key in account_ids}
        async for session in SessionDocument.find(query).sort([("created_at", -1), ("_id", -1)]):  # type: ignore[list-item]  # Beanie's own alias of the pair's second half.
            found[session.account_id].append(session)
        return [found[key] for key in account_ids]

    async def end_all(self, account_id: str, now: datetime, *, but: str | None = None) -> None:
        """End an account's sessions, but one if it is named."""
        query: Row = {"account_id": account_id, "ended_at": None, "_id": {"$ne": but}}
        await SessionDocument.get_pymongo_collection().update_many(query, {"$set": {"ended_at": now}})

    async def delete_all(self, account_id: str) -> None:
        """Delete an account's sessions, ended ones too, and their refresh tokens."""
        ids = [session.id async for session in SessionDocument.find({"account_id": account_id})]
        await RefreshTokenDocument.get_pymongo_collection().delete_many({"session_id": {"$in": ids}})
        await SessionDocument.get_pymongo_collection().delete_many({"account_id": account_id})

    async def add_token(self, token: RefreshTokenDocument) -> None:
        """Insert a refresh token."""
        await token.insert()

    async def keep_token(self, token: RefreshTokenDocument) -> None:
        """Write back what was read in this transaction and changed."""
        await token.replace()

    async def delete_expired(self, before: datetime) -> None:
        """Delete sessions and refresh tokens that expired before an instant."""
        await SessionDocument.find({"expires_at": {"$lt": before}}).delete()
        await RefreshTokenDocument.find({"expires_at": {"$lt": before}}).delete()

    async def token(self, token_hash: str) -> RefreshTokenDocument | None:
        """Answer a refresh token, spent ones too."""
        return await RefreshTokenDocument.find_one({"_id": token_hash})
