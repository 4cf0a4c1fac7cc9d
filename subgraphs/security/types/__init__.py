"""What clients see of accounts, sessions, roles and the audit trail."""

from subgraphs.security.types.accounts import Account, AccountConnection, ActiveSession, Session
from subgraphs.security.types.audit import AuditEvent, AuditEventConnection
from subgraphs.security.types.payloads import (
    AccountPayload,
    ChangePasswordPayload,
    ConfirmTotpPayload,
    CreateAccountPayload,
    DataExportPayload,
    EnrollTotpPayload,
    EraseAccountPayload,
    IssueMailTokenPayload,
    RequestPasswordResetPayload,
    ResendVerificationEmailPayload,
    ResetPasswordPayload,
    RolePayload,
    SecurityError,
    SignInPayload,
    SignOutPayload,
    VerifyEmailPayload,
)
from subgraphs.security.types.roles import Role

__all__ = [
    "Account",
    "AccountConnection",
    "AccountPayload",
    "ActiveSession",
    "AuditEvent",
    "AuditEventConnection",
    "ChangePasswordPayload",
    "ConfirmTotpPayload",
    "CreateAccountPayload",
    "DataExportPayload",
    "EnrollTotpPayload",
    "EraseAccountPayload",
    "IssueMailTokenPayload",
    "RequestPasswordResetPayload",
    "ResendVerificationEmailPayload",
    "ResetPasswordPayload",
    "Role",
    "RolePayload",
    "SecurityError",
    "Session",
    "SignInPayload",
    "SignOutPayload",
    "VerifyEmailPayload",
]
