"""The events of this subgraph; exported to events.json.

`profile_id` is empty for an account without a profile (an admin's). `version` counts the changes of the account.
"""

from typing import ClassVar

from shared.audit import AuditRecorded
from shared.events.declared import EventData

SOURCE = "security"


class AccountCreated(EventData):
    """Somebody registered; the first admin, whom an operator makes, is not announced."""

    type: ClassVar[str] = "account.created"
    account_id: str
    profile_id: str
    role: str
    version: int


class AccountEmailVerified(EventData):
    """The address is proven."""

    type: ClassVar[str] = "account.email_verified"
    account_id: str
    profile_id: str
    version: int


class AccountVerificationRequested(EventData):
    """The verification mail is wanted once more."""

    type: ClassVar[str] = "account.verification_requested"
    account_id: str
    version: int


class AccountPasswordResetRequested(EventData):
    """A password reset mail is wanted."""

    type: ClassVar[str] = "account.password_reset_requested"
    account_id: str
    version: int


class AccountPasswordChanged(EventData):
    """The password was changed or reset."""

    type: ClassVar[str] = "account.password_changed"
    account_id: str
    version: int


class AccountSuspended(EventData):
    """An admin suspended the account; its sessions have ended."""

    type: ClassVar[str] = "account.suspended"
    account_id: str
    profile_id: str
    version: int


class AccountReinstated(EventData):
    """An admin lifted the suspension."""

    type: ClassVar[str] = "account.reinstated"
    account_id: str
    profile_id: str
    version: int


class AccountRolesChanged(EventData):
    """An admin granted or revoked a role."""

    type: ClassVar[str] = "account.roles_changed"
    account_id: str
    version: int


class AccountErased(EventData):
    """The account is gone for good: whoever keeps something of its owner's erases it, or makes it nobody's."""

    type: ClassVar[str] = "account.erased"
    account_id: str
    profile_id: str
    version: int


class AccountExportRequested(EventData):
    """The owner wants everything that the platform holds about them."""

    type: ClassVar[str] = "account.export_requested"
    account_id: str
    version: int


class AccountExportReady(EventData):
    """What the owner asked for is there, for a short while."""

    type: ClassVar[str] = "account.export_ready"
    account_id: str
    export_id: str
    version: int


PRODUCES = (
    AccountCreated,
    AccountEmailVerified,
    AccountVerificationRequested,
    AccountPasswordResetRequested,
    AccountPasswordChanged,
    AccountSuspended,
    AccountReinstated,
    AccountRolesChanged,
    AccountErased,
    AccountExportRequested,
    AccountExportReady,
    AuditRecorded,
)
