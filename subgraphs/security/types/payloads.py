"""What mutations answer."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from shared.errors import Refusal
from shared.graphql.values import UserError
from subgraphs.security.types.accounts import Account, Session
from subgraphs.security.types.roles import Role


@strawberry.enum
class SecurityErrorCode(Enum):
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    TOTP_REQUIRED = "TOTP_REQUIRED"
    INVALID_TOTP = "INVALID_TOTP"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105  A code, as the next two.
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105  A code.
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    UNKNOWN_PERMISSION = "UNKNOWN_PERMISSION"
    LAST_ADMIN = "LAST_ADMIN"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class SecurityError(UserError):
    code: SecurityErrorCode

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Show a refusal."""
        return cls(message=refusal.text, field=refusal.field, code=SecurityErrorCode(refusal.code))


@strawberry.type
class SignInPayload:
    session: Session | None = None
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class SignOutPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class VerifyEmailPayload:
    account: Account | None = None
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class ResendVerificationEmailPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class RequestPasswordResetPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class ResetPasswordPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class ChangePasswordPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class EnrollTotpPayload:
    secret: str | None = None
    otpauth_url: str | None = None
    recovery_codes: list[str] | None = strawberry.field(
        default=None, description="Shown once; each is good for one sign-in without the authenticator."
    )
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class ConfirmTotpPayload:
    account: Account | None = None
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class DataExportPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class EraseAccountPayload:
    ok: bool
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class AccountPayload:
    account: Account | None = None
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.type
class RolePayload:
    role: Role | None = None
    user_errors: list[SecurityError] = strawberry.field(default_factory=list)


@strawberry.federation.type(
    inaccessible=True,
    description="Either an account, or why there is none: EMAIL_TAKEN, INVALID_EMAIL or WEAK_PASSWORD.",
)
class CreateAccountPayload:
    account_id: strawberry.ID | None = None
    refusal: str | None = None
    message: str | None = None


@strawberry.federation.type(inaccessible=True, description="A token to put into a mail.")
class IssueMailTokenPayload:
    token: str
    expires_at: datetime
