"""Who may: the rule of every field.

The mutations that change a caller's own credentials, or other accounts, ask in the service also that the caller's
session still goes on.
"""

from shared.graphql.access import PUBLIC, SIGNED_IN, VISIBLE, Rules, only, permission, service

WHOLE = only(
    "Requires the account itself or the permission accounts:read.", lambda _caller, account: bool(account.whole)
)
THE_PATIENT_OR_AUDIT = only(
    "Requires the patient themselves or the permission audit:read.",
    lambda caller, user: (caller.user_id is not None and caller.user_id == user.id) or caller.may("audit:read"),
)

RULES: Rules = {
    "Query.me": PUBLIC,
    "Query.accounts": permission("accounts:read"),
    "Query.roles": permission("accounts:read") | permission("roles:manage"),
    "Query.auditEvents": permission("audit:read"),
    "Mutation.signIn": PUBLIC,
    "Mutation.refreshSession": PUBLIC,
    "Mutation.signOut": PUBLIC,
    "Mutation.verifyEmail": PUBLIC,
    "Mutation.resendVerificationEmail": PUBLIC,
    "Mutation.requestPasswordReset": PUBLIC,
    "Mutation.resetPassword": PUBLIC,
    "Mutation.changePassword": SIGNED_IN,
    "Mutation.enrollTotp": SIGNED_IN,
    "Mutation.confirmTotp": SIGNED_IN,
    "Mutation.disableTotp": SIGNED_IN,
    "Mutation.endSession": SIGNED_IN,
    "Mutation.requestDataExport": SIGNED_IN,
    "Mutation.eraseAccount": SIGNED_IN,
    "Mutation.grantRole": permission("roles:manage"),
    "Mutation.revokeRole": permission("roles:manage"),
    "Mutation.setRolePermissions": permission("roles:manage"),
    "Mutation.suspendAccount": permission("accounts:manage"),
    "Mutation.reinstateAccount": permission("accounts:manage"),
    "Mutation.createAccount": service("accounts:create"),
    "Mutation.issueMailToken": service("mail-tokens:issue"),
    "Account.id": VISIBLE,
    "Account.roles": VISIBLE,
    "Account.exportUrl": service("exports:address"),
    "Account.*": WHOLE,
    "User.id": VISIBLE,
    "User.accessLog": THE_PATIENT_OR_AUDIT,
    "ActiveSession.*": VISIBLE,
    "Session.*": VISIBLE,
    "Role.*": VISIBLE,
    "AuditEvent.*": VISIBLE,
    "AuditEventEdge.*": VISIBLE,
    "AuditEventConnection.*": VISIBLE,
    "AccountEdge.*": VISIBLE,
    "AccountConnection.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "SecurityError.*": VISIBLE,
    "SignInPayload.*": VISIBLE,
    "SignOutPayload.*": VISIBLE,
    "VerifyEmailPayload.*": VISIBLE,
    "ResendVerificationEmailPayload.*": VISIBLE,
    "RequestPasswordResetPayload.*": VISIBLE,
    "ResetPasswordPayload.*": VISIBLE,
    "ChangePasswordPayload.*": VISIBLE,
    "EnrollTotpPayload.*": VISIBLE,
    "ConfirmTotpPayload.*": VISIBLE,
    "DataExportPayload.*": VISIBLE,
    "EraseAccountPayload.*": VISIBLE,
    "AccountPayload.*": VISIBLE,
    "RolePayload.*": VISIBLE,
    "CreateAccountPayload.*": VISIBLE,
    "IssueMailTokenPayload.*": VISIBLE,
}
