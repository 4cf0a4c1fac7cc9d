"""The mutations, one a file, gathered here."""

import strawberry

from subgraphs.security.mutations.change_password import change_password
from subgraphs.security.mutations.confirm_totp import confirm_totp
from subgraphs.security.mutations.create_account import create_account
from subgraphs.security.mutations.disable_totp import disable_totp
from subgraphs.security.mutations.end_session import end_session
from subgraphs.security.mutations.enroll_totp import enroll_totp
from subgraphs.security.mutations.erase_account import erase_account
from subgraphs.security.mutations.grant_role import grant_role
from subgraphs.security.mutations.issue_mail_token import issue_mail_token
from subgraphs.security.mutations.refresh_session import refresh_session
from subgraphs.security.mutations.reinstate_account import reinstate_account
from subgraphs.security.mutations.request_data_export import request_data_export
from subgraphs.security.mutations.request_password_reset import request_password_reset
from subgraphs.security.mutations.resend_verification_email import resend_verification_email
from subgraphs.security.mutations.reset_password import reset_password
from subgraphs.security.mutations.revoke_role import revoke_role
from subgraphs.security.mutations.set_role_permissions import set_role_permissions
from subgraphs.security.mutations.sign_in import sign_in
from subgraphs.security.mutations.sign_out import sign_out
from subgraphs.security.mutations.suspend_account import suspend_account
from subgraphs.security.mutations.verify_email import verify_email
from subgraphs.security.types import (
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
    SignInPayload,
    SignOutPayload,
    VerifyEmailPayload,
)


@strawberry.type
class Mutation:
    sign_in: SignInPayload | None = strawberry.mutation(resolver=sign_in, description="Open a session.")
    refresh_session: SignInPayload | None = strawberry.mutation(
        resolver=refresh_session, description="Carry a session on; the refresh token is good once."
    )
    sign_out: SignOutPayload | None = strawberry.mutation(
        resolver=sign_out, description="End the session of a refresh token, or all of its account."
    )
    end_session: SignOutPayload | None = strawberry.mutation(
        resolver=end_session, description="End one of one's own sessions."
    )
    verify_email: VerifyEmailPayload | None = strawberry.mutation(
        resolver=verify_email, description="Prove one's e-mail by a mailed token."
    )
    resend_verification_email: ResendVerificationEmailPayload | None = strawberry.mutation(
        resolver=resend_verification_email,
        description="Ask for the mail again; the answer does not tell whether there is such an account.",
    )
    request_password_reset: RequestPasswordResetPayload | None = strawberry.mutation(
        resolver=request_password_reset,
        description="Ask for a mail to set a new password; the answer does not tell whether there is such an account.",
    )
    reset_password: ResetPasswordPayload | None = strawberry.mutation(
        resolver=reset_password, description="Set a new password by a mailed token; every session ends."
    )
    change_password: ChangePasswordPayload | None = strawberry.mutation(
        resolver=change_password, description="Set a new password by the old one; every other session ends."
    )
    enroll_totp: EnrollTotpPayload | None = strawberry.mutation(
        resolver=enroll_totp, description="Offer an authenticator; it counts once it is confirmed."
    )
    confirm_totp: ConfirmTotpPayload | None = strawberry.mutation(
        resolver=confirm_totp, description="Ask for codes at sign-in from now on."
    )
    disable_totp: ConfirmTotpPayload | None = strawberry.mutation(
        resolver=disable_totp, description="Ask for codes no more; takes one last code or a recovery code."
    )
    request_data_export: DataExportPayload | None = strawberry.mutation(
        resolver=request_data_export,
        description="Everything the platform holds about the caller, as one JSON file behind a short-lived address; "
        "mailed when ready.",
    )
    erase_account: EraseAccountPayload | None = strawberry.mutation(
        resolver=erase_account,
        description="Erase one's account for good: coming appointments are called off by the rules, personal data and "
        "documents are deleted, records that must be kept lead to nobody any more.",
    )
    grant_role: AccountPayload | None = strawberry.mutation(resolver=grant_role, description="Give an account a role.")
    revoke_role: AccountPayload | None = strawberry.mutation(
        resolver=revoke_role, description="Take a role from an account; never the last admin's."
    )
    set_role_permissions: RolePayload | None = strawberry.mutation(
        resolver=set_role_permissions, description="Replace what a role may; ADMIN keeps what it takes to administer."
    )
    suspend_account: AccountPayload | None = strawberry.mutation(
        resolver=suspend_account,
        description="Keep an account from signing in, and end its sessions; never the last admin's.",
    )
    reinstate_account: AccountPayload | None = strawberry.mutation(
        resolver=reinstate_account, description="Lift a suspension."
    )
    create_account: CreateAccountPayload | None = strawberry.federation.mutation(
        resolver=create_account, inaccessible=True, description="Make the account of a new profile, once for each key."
    )
    issue_mail_token: IssueMailTokenPayload | None = strawberry.federation.mutation(
        resolver=issue_mail_token,
        inaccessible=True,
        description="Answer the token of an event's mail, always the same.",
    )
