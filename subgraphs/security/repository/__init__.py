"""The queries, one file for each thing that is kept; all of them in the store's current transaction where there is one.

A change is read, made and kept inside one transaction: of two at once, the later one conflicts and runs again, so
nothing is lost and no check is outrun.
"""

from dataclasses import dataclass, field

from subgraphs.security.repository.accounts import AccountRepository
from subgraphs.security.repository.audit import AuditRepository
from subgraphs.security.repository.budgets import BudgetRepository
from subgraphs.security.repository.exports import ExportRepository
from subgraphs.security.repository.guards import GuardRepository
from subgraphs.security.repository.mail_tokens import MailTokenRepository
from subgraphs.security.repository.places import PlaceRepository
from subgraphs.security.repository.roles import RoleRepository
from subgraphs.security.repository.sessions import SessionRepository
from subgraphs.security.repository.signing_keys import SigningKeyRepository

__all__ = [
    "AccountRepository",
    "AuditRepository",
    "BudgetRepository",
    "ExportRepository",
    "GuardRepository",
    "MailTokenRepository",
    "PlaceRepository",
    "Repositories",
    "RoleRepository",
    "SessionRepository",
    "SigningKeyRepository",
]


@dataclass(frozen=True, slots=True)
class Repositories:
    """All of them."""

    accounts: AccountRepository = field(default_factory=AccountRepository)
    audit: AuditRepository = field(default_factory=AuditRepository)
    budgets: BudgetRepository = field(default_factory=BudgetRepository)
    exports: ExportRepository = field(default_factory=ExportRepository)
    guards: GuardRepository = field(default_factory=GuardRepository)
    mail_tokens: MailTokenRepository = field(default_factory=MailTokenRepository)
    places: PlaceRepository = field(default_factory=PlaceRepository)
    roles: RoleRepository = field(default_factory=RoleRepository)
    sessions: SessionRepository = field(default_factory=SessionRepository)
    signing_keys: SigningKeyRepository = field(default_factory=SigningKeyRepository)
