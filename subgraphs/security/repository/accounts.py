"""The queries of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo.errors import DuplicateKeyError

from shared.pagination import Page, PageRequest
from shared.stores.keyset import mongo_keyset
from subgraphs.security.documents import AccountDocument, AccountStatus, Row
from subgraphs.security.errors import EmailTaken

LAST = "\U0010ffff"
"""Sorts behind every character: a range to it is what begins so, for any text, also one that no pattern may have."""
NEWEST_FIRST = (("created_at", -1), ("_id", -1))


@dataclass(frozen=True, slots=True)
class AccountCriteria:
    """Which accounts are listed; `email` is the beginning of an address, in lower case."""

    email: str | None = None
    role: str | None = None
    status: AccountStatus | None = None

    def query(self) -> Row:
        """Answer the filter."""
        query: Row = {}
        if self.email:
            query["email"] = {"$gte": self.email, "$lt": self.email + LAST}
        if self.role:
            query["roles"] = self.role
        if self.status:
            query["status"] = self.status.value
        return query


class AccountRepository:
    """Reads and writes accounts."""

    async def add(self, account: AccountDocument) -> None:
        """Insert; raises EmailTaken, also when it is the idempotency key that is there already."""
        try:
            await account.insert()
        except DuplicateKeyError as error:
            raise EmailTaken(field=["email"]) from error

    async def keep(self, account: AccountDocument) -> None:
        """Write back what was read in this transaction and changed."""
        account.version += 1
        await account.replace()

    async def delete(self, account: AccountDocument) -> None:
        """Delete what was read in this transaction."""
        await account.delete()

    async def get(self, account_id: str) -> AccountDocument | None:
        """Answer one account."""
        return await AccountDocument.find_one({"_id": account_id})

    async def by_id(self, ids: Sequence[str]) -> list[AccountDocument | None]:
        """Answer accounts in the order of `ids`."""
        found = {account.id: account async for account in AccountDocument.find({"_id": {"$in": list(ids)}})}
        return [found.get(key) for key in ids]

    async def by_email(self, email: str) -> AccountDocument | None:
        """Answer the account of an address in lower case."""
        return await AccountDocument.find_one({"email": email})

    async def by_idempotency_key(self, key: str) -> AccountDocument | None:
        """Answer the account that was made under a key."""
        return await AccountDocument.find_one({"idempotency_key": key})

    async def count_active(self, role: str) -> int:
        """Count the accounts that hold a role and may sign in."""
        return await AccountDocument.find({"roles": role, "status": AccountStatus.ACTIVE.value}).count()

    async def page(self, criteria: AccountCriteria, request: PageRequest) -> Page[AccountDocument]:
        """Answer a page of accounts, newest first."""
        beyond, order = mongo_keyset(NEWEST_FIRST, request)
        found = AccountDocument.find({"$and": [criteria.query(), beyond]}).sort(order).limit(request.size + 1)
        return Page.cut(await found.to_list(), request)
