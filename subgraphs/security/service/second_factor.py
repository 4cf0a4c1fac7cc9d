"""The second factor: an authenticator app, and recovery codes for the day it is lost.

A code is good once: the last used time step is kept, and a recovery code is deleted by its use. Recovery codes are
short enough to be typed, so they are kept as HMACs, which a stolen database does not give away.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Final

from shared.auth import Caller
from shared.errors import Unauthenticated
from subgraphs.security.documents import AccountDocument, SecondFactor
from subgraphs.security.errors import InvalidTotp
from subgraphs.security.service import totp
from subgraphs.security.service.ground import Ground
from subgraphs.security.service.sealing import Seal, as_text, keyed_hash
from subgraphs.security.service.sessions import Sessions
from subgraphs.security.service.throttle import CODES, Throttle

ISSUER: Final = "BookMyConsultation"
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
RECOVERY_LENGTH: Final = 12
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown once: the secret, its address for a QR code, the recovery codes."""

    secret: str
    otpauth_url: str
    recovery_codes: list[str]


class SecondFactors:
    """Enrols, confirms, spends and disables."""

    def __init__(self, ground: Ground, sessions: Sessions, throttle: Throttle, *, seal: Seal, codes_key: bytes) -> None:
        self._store = ground.store
        self._clock = ground.clock
        self._accounts = ground.kept.accounts
        self._sessions = sessions
        self._throttle = throttle
        self._seal = seal
        self._codes_key = codes_key

    async def enroll(self, caller: Caller) -> Enrolment:
        """Offer a new secret, which counts once it is confirmed; raises InvalidTotp while another one counts."""
        account_id = await self._sessions.require_live(caller)
        secret = secrets.token_bytes(SECRET_BYTES)
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]

        async def work() -> AccountDocument:
            account = await self._own(account_id)
            if account.totp is not None:
                raise InvalidTotp("Codes are asked for already. Turn that off first.")
            hashes = [self._hash_of(account.id, code) for code in codes]
            account.totp_offered = SecondFactor(secret=self._seal.close(secret, account.id), recovery_codes=hashes)
            await self._accounts.keep(account)
            return account

        account = await self._store.transaction(work)
        return Enrolment(totp.secret_text(secret), totp.otpauth_url(secret, ISSUER, account.email), codes)

    async def confirm(self, caller: Caller, code: str) -> AccountDocument:
        """Ask for codes from now on, as the authenticator proves that it has the secret; raises InvalidTotp."""
        account_id = await self._sessions.require_live(caller)
        attempt = await self._throttle.begin(CODES, account_id)

        async def work() -> AccountDocument:
            account = await self._own(account_id)
            if account.totp is not None or account.totp_offered is None:
                raise InvalidTotp("There is nothing to confirm.", field=["code"])
            self._spend_step(account, account.totp_offered, code, ["code"])
            account.totp, account.totp_offered = account.totp_offered, None
            await self._accounts.keep(account)
            return account

        account = await self._store.transaction(work)
        await self._throttle.give_back(attempt)
        return account

    async def disable(self, caller: Caller, code: str) -> AccountDocument:
        """Ask for no codes any more, for one last code or recovery code; raises InvalidTotp."""
        account_id = await self._sessions.require_live(caller)
        attempt = await self._throttle.begin(CODES, account_id)

        async def work() -> AccountDocument:
            account = await self._own(account_id)
            if account.totp is None:
                raise InvalidTotp("No codes are asked for.", field=["code"])
            self.spend(account, account.totp, code, ["code"])
            account.totp = None
            await self._accounts.keep(account)
            return account

        account = await self._store.transaction(work)
        await self._throttle.give_back(attempt)
        return account

    def spend(self, account: AccountDocument, factor: SecondFactor, code: str, field: list[str]) -> None:
        """Use a code or a recovery code up, in the account that the caller keeps; raises InvalidTotp."""
        hashed = self._hash_of(account.id, code)
        if hashed in factor.recovery_codes:
            factor.recovery_codes = [one for one in factor.recovery_codes if one != hashed]
            return
        self._spend_step(account, factor, code, field)

    def _spend_step(self, account: AccountDocument, factor: SecondFactor, code: str, field: list[str]) -> None:
        secret = self._seal.open(factor.secret, account.id)
        step = totp.matching_step(secret, re.sub(r"\s", "", code), self._clock.now())
        if step is None or step <= factor.last_step:
            raise InvalidTotp(field=field)
        factor.last_step = step

    def _hash_of(self, account_id: str, code: str) -> str:
        plain = re.sub(r"[\s-]", "", code).lower()
        return as_text(keyed_hash(self._codes_key, account_id, plain))

    async def _own(self, account_id: str) -> AccountDocument:
        account = await self._accounts.get(account_id)
        if account is None:
            raise Unauthenticated
        return account


def _new_recovery_code() -> str:
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_LENGTH))
    return "-".join(plain[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4))
