"""What clients send."""

from datetime import datetime
from enum import Enum

import strawberry

from subgraphs.security.documents import AccountStatus, MailTokenPurpose

strawberry.federation.enum(MailTokenPurpose, inaccessible=True)


@strawberry.federation.enum(inaccessible=True)
class ProfileRole(Enum):
    PATIENT = "PATIENT"
    DOCTOR = "DOCTOR"


@strawberry.input
class AccountFilter:
    email: str | None = strawberry.field(default=None, description="The beginning of an address, in any case.")
    role: str | None = None
    status: AccountStatus | None = None


@strawberry.input
class AuditEventFilter:
    resource_id: strawberry.ID | None = None
    actor_id: strawberry.ID | None = None
    action: str | None = None
    since: datetime | None = strawberry.field(default=None, description="Included.")
    until: datetime | None = strawberry.field(default=None, description="Not included.")


@strawberry.input
class SignInInput:
    email: str
    password: str
    totp_code: str | None = strawberry.field(
        default=None, description="A code of the authenticator, or a recovery code."
    )


@strawberry.input
class RefreshSessionInput:
    refresh_token: str


@strawberry.input
class SignOutInput:
    refresh_token: str
    everywhere: bool | None = False


@strawberry.input
class EndSessionInput:
    session_id: strawberry.ID


@strawberry.input
class VerifyEmailInput:
    token: str


@strawberry.input
class ResendVerificationEmailInput:
    email: str


@strawberry.input
class RequestPasswordResetInput:
    email: str


@strawberry.input
class ResetPasswordInput:
    token: str
    new_password: str


@strawberry.input
class ChangePasswordInput:
    current_password: str
    new_password: str


@strawberry.input
class ConfirmTotpInput:
    code: str


@strawberry.input
class DisableTotpInput:
    code: str


@strawberry.input
class EraseAccountInput:
    password: str


@strawberry.input
class GrantRoleInput:
    account_id: strawberry.ID
    role: str


@strawberry.input
class RevokeRoleInput:
    account_id: strawberry.ID
    role: str


@strawberry.input
class SetRolePermissionsInput:
    role: str
    permissions: list[str]


@strawberry.input
class SuspendAccountInput:
    account_id: strawberry.ID
    reason: str


@strawberry.input
class ReinstateAccountInput:
    account_id: strawberry.ID
    reason: str


@strawberry.federation.input(inaccessible=True)
class CreateAccountInput:
    email: str
    password: str
    role: ProfileRole
    profile_id: strawberry.ID
    idempotency_key: str


@strawberry.federation.input(inaccessible=True)
class IssueMailTokenInput:
    account_id: strawberry.ID
    purpose: MailTokenPurpose
    event_id: strawberry.ID
