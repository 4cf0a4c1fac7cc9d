"""What is kept. No password, token, code or private key stands here in clear: hashes, or sealed with a server key.

Every id that is a hash is SHA-256 of something that cannot be guessed (a token of 256 bits), or an HMAC of something
that can (an address, a recovery code). What has expired is deleted by a clock job (service/retention.py), not by a TTL
index: the clock port decides what time it is.
"""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from beanie import Document
from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING, IndexModel


class AccountStatus(Enum):
    """Whether an account may sign in."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class MailTokenPurpose(Enum):
    """What a mailed token is good for."""

    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105  A purpose, not a password.


class SecondFactor(BaseModel):
    """An authenticator: its sealed secret, the last time step it was used in, the hashes of unused recovery codes."""

    secret: bytes
    last_step: int = 0
    recovery_codes: list[str]


class AccountDocument(Document):
    """A person's account. `email` is in lower case, the only form that is kept; `version` grows at each change."""

    id: str  # type: ignore[assignment]  # Beanie's default id is an ObjectId; ours are type-prefixed ULIDs.
    email: str
    email_verified: bool = False
    status: AccountStatus = AccountStatus.ACTIVE
    suspension_reason: str | None = None
    roles: list[str]
    profile_id: str | None = None
    idempotency_key: str | None = None
    password_hash: str
    totp: SecondFactor | None = None
    totp_offered: SecondFactor | None = None
    version: int = 1
    created_at: datetime

    class Settings:
        name = "accounts"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("email", ASCENDING)], unique=True),
            IndexModel(
                [("idempotency_key", ASCENDING)],
                unique=True,
                partialFilterExpression={"idempotency_key": {"$type": "string"}},
            ),
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("roles", ASCENDING), ("status", ASCENDING)]),
        ]


class SessionDocument(Document):
    """One signed-in place, and the family of refresh tokens that it went through."""

    id: str  # type: ignore[assignment]  # As above.
    account_id: str
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    class Settings:
        name = "sessions"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("account_id", ASCENDING), ("created_at", DESCENDING)]),
            IndexModel([("expires_at", ASCENDING)]),
        ]


class RefreshTokenDocument(Document):
    """A refresh token; the id is its hash. A spent one is kept, so that its reuse is seen."""

    id: str  # type: ignore[assignment]  # As above.
    session_id: str
    expires_at: datetime
    spent_at: datetime | None = None

    class Settings:
        name = "refresh_tokens"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("expires_at", ASCENDING)]),
            IndexModel([("session_id", ASCENDING)]),
        ]


class MailTokenDocument(Document):
    """A mailed token; the id is its hash.

    It is kept long after its end: the same event makes the same token again, which must not live a second time.
    """

    id: str  # type: ignore[assignment]  # As above.
    account_id: str
    purpose: MailTokenPurpose
    expires_at: datetime
    used_at: datetime | None = None

    class Settings:
        name = "mail_tokens"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("account_id", ASCENDING), ("purpose", ASCENDING)]),
            IndexModel([("expires_at", ASCENDING)]),
        ]


class ExportDocument(Document):
    """A file of everything about an account, under its own id in the blob store until it expires."""

    id: str  # type: ignore[assignment]  # As above.
    account_id: str
    expires_at: datetime

    class Settings:
        name = "exports"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("account_id", ASCENDING), ("expires_at", DESCENDING)]),
            IndexModel([("expires_at", ASCENDING)]),
        ]


class SigningKeyDocument(Document):
    """A key that signs access tokens; the id is its `kid`, `public` its `x` (RFC 8037), `private` sealed."""

    id: str  # type: ignore[assignment]  # As above.
    public: str
    private: bytes
    created_at: datetime
    signs_from: datetime
    published_until: datetime | None = None

    class Settings:
        name = "signing_keys"


class RoleDocument(Document):
    """A role whose permissions an admin has changed; the others have the permissions of the code."""

    id: str  # type: ignore[assignment]  # As above.
    permissions: list[str]

    class Settings:
        name = "roles"


class BudgetDocument(Document):
    """A leaking bucket of attempts; the id is an HMAC of what it is for."""

    id: str  # type: ignore[assignment]  # As above.
    level: float
    at: datetime
    gone_at: datetime

    class Settings:
        name = "budgets"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("gone_at", ASCENDING)])]


class PlaceDocument(Document):
    """A place from which an account's owner is known to come; the id is an HMAC of e-mail, address and user agent."""

    id: str  # type: ignore[assignment]  # As above.
    seen_at: datetime

    class Settings:
        name = "places"
        indexes: ClassVar[list[IndexModel]] = [IndexModel([("seen_at", ASCENDING)])]


class GuardDocument(Document):
    """A number that transactions raise which must not run at once; the id names what it guards."""

    id: str  # type: ignore[assignment]  # As above.
    passed: int = 0

    class Settings:
        name = "guards"


class AuditDocument(Document):
    """One link of the trail; the id is its number, from 1 without gaps. `hash` covers all else and the link before."""

    id: int  # type: ignore[assignment]  # As above.
    event_id: str
    at: datetime
    actor_id: str
    action: str
    resource_type: str
    resource_id: str
    user_id: str | None
    outcome: str
    previous_hash: str
    hash: str

    class Settings:
        name = "audit"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("event_id", ASCENDING)], unique=True),
            IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)]),
            IndexModel([("resource_id", ASCENDING), ("_id", DESCENDING)]),
            IndexModel([("actor_id", ASCENDING), ("_id", DESCENDING)]),
            IndexModel([("action", ASCENDING), ("_id", DESCENDING)]),
        ]


class AuditHeadDocument(Document):
    """Where the trail ends: the number and hash of its last link. There is one."""

    id: str  # type: ignore[assignment]  # As above.
    number: int
    hash: str

    class Settings:
        name = "audit_head"


DOCUMENTS = (
    AccountDocument,
    SessionDocument,
    RefreshTokenDocument,
    MailTokenDocument,
    ExportDocument,
    SigningKeyDocument,
    RoleDocument,
    BudgetDocument,
    PlaceDocument,
    GuardDocument,
    AuditDocument,
    AuditHeadDocument,
)

Row = dict[str, Any]
