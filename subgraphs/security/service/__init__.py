"""What the business decides about accounts: one file a subject, put together here."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from shared.clock import Clock
from shared.pagination import Page, PageRequest
from shared.settings import Settings
from shared.stores.store import Store
from shared.subgraph import Ports
from subgraphs.security.documents import AccountDocument
from subgraphs.security.repository.accounts import AccountCriteria
from subgraphs.security.service.access_tokens import AccessTokens
from subgraphs.security.service.administration import Administration
from subgraphs.security.service.audit_trail import Anchor, AuditTrail, Verdict
from subgraphs.security.service.erasure import Erasure
from subgraphs.security.service.exports import Exports
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.mail_tokens import MailTokens
from subgraphs.security.service.ownership import Ownership
from subgraphs.security.service.passwords import Passwords
from subgraphs.security.service.recovery import Recovery
from subgraphs.security.service.registration import Registration
from subgraphs.security.service.retention import Retention
from subgraphs.security.service.role_map import RoleMap
from subgraphs.security.service.sealing import Seal
from subgraphs.security.service.second_factor import SecondFactors
from subgraphs.security.service.sessions import Sessions
from subgraphs.security.service.sign_in import SignIn
from subgraphs.security.service.signing_keys import KeyRing
from subgraphs.security.service.throttle import Throttle
from subgraphs.security.service.verification import Verification
from subgraphs.security.settings import SecuritySettings

__all__ = ["Anchor", "SecurityService", "Verdict"]


@dataclass(frozen=True, slots=True)
class SecurityService:
    """The subjects, and what commands of the operator call."""

    ground: Ground
    keys: KeyRing
    roles: RoleMap
    tokens: AccessTokens
    sessions: Sessions
    second_factors: SecondFactors
    entrance: SignIn
    registration: Registration
    mail_tokens: MailTokens
    verification: Verification
    recovery: Recovery
    administration: Administration
    exports: Exports
    erasure: Erasure
    audit: AuditTrail
    retention: Retention

    @classmethod
    def over(
        cls,
        store: Store,
        clock: Clock,
        settings: Settings,
        own_settings: SecuritySettings,
        ports: Ports,
    ) -> Self:
        """Put the service together."""
        secret = ports.secret
        ground = Ground(store, clock)
        lifetime = timedelta(seconds=settings.access_token_seconds)
        key_age = timedelta(days=own_settings.key_days)
        keys = KeyRing(ground, Seal(secret("signing-keys")), tokens_live=lifetime, oldest=key_age)
        roles = RoleMap(ground.kept.roles)
        tokens = AccessTokens(keys, roles, clock, lifetime, secret)
        sessions = Sessions(ground, tokens, timedelta(seconds=settings.refresh_token_seconds))
        throttle = Throttle(ground, secret("throttle"))
        passwords = Passwords(own_settings)
        mail_tokens = MailTokens(ground, secret("mail-tokens"))
        factors = SecondFactors(
            ground, sessions, throttle, seal=Seal(secret("authenticators")), codes_key=secret("recovery-codes")
        )
        ownership = Ownership(ground, sessions, passwords, throttle)
        administration = Administration(ground, sessions)
        exports = Exports(ground, sessions, tokens, throttle, blobs=ports.blobs, ask_as=ports.entities_by)
        return cls(
            ground=ground,
            keys=keys,
            roles=roles,
            tokens=tokens,
            sessions=sessions,
            second_factors=factors,
            entrance=SignIn(ground, sessions, passwords, factors, throttle, at_once=2 * own_settings.argon2_at_once),
            registration=Registration(ground, passwords),
            mail_tokens=mail_tokens,
            verification=Verification(ground, mail_tokens, throttle),
            recovery=Recovery(ground, sessions, passwords, mail_tokens, throttle, ownership=ownership),
            administration=administration,
            exports=exports,
            erasure=Erasure(ground, ownership, administration, exports),
            audit=AuditTrail(ground, secret("audit-trail")),
            retention=Retention(ground),
        )

    async def accounts(self, criteria: AccountCriteria, request: PageRequest) -> Page[AccountDocument]:
        """Answer a page of accounts, newest first."""
        return await self.ground.kept.accounts.page(criteria, request)

    async def ensure_admin(self, email: str, password: str) -> str:
        """Make an admin, and answer the account's id; one that is an admin stays as it is.

        Raises InvalidEmail, WeakPassword; EmailTaken if the e-mail is somebody's who is no admin.
        """
        return await self.registration.ensure_admin(email, password)

    async def rotate_keys(self, *, compromised: bool = False) -> str:
        """Make a new signing key and answer its id; `compromised` ends all others at once."""
        return await self.keys.rotate(compromised=compromised)

    async def verify_chain(self, written_down: Anchor | None = None) -> Verdict:
        """Walk the audit trail, and check that it runs through an anchor if one is given."""
        return await self.audit.verify(written_down)
