"""The built-in test provider: the state machine of a real one, with books of its own and signed webhooks.

`pm_card_visa` succeeds; `pm_card_declined` is declined; `pm_card_timeout` is charged, but the answer is lost on its
way, so that only reconciliation (or a webhook) finds out. Any other method is declined.

NOTE: A webhook is signed like Stripe's: header `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, accepted for five
minutes. The body is `{"id", "charge", "succeeded"}`.
"""

import hmac
from hashlib import sha256

from pydantic import BaseModel, ValidationError

from shared.clock import Clock
from subgraphs.payments.documents import TestLedgerDocument
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service.provider import BadNotice, Charge, Notice, ProviderTimedOut

REPLAY_SECONDS = 300
CHARGED = ("pm_card_visa", "pm_card_timeout")


class NoticeBody(BaseModel):
    """The webhook's body."""

    id: str
    charge: str
    succeeded: bool


class BuiltInProvider:
    """Keeps its ledger beside the payments, as another company would keep it elsewhere."""

    name = "test"
    signature_header = "bmc-signature"

    def __init__(self, repository: PaymentRepository, secret: bytes, clock: Clock) -> None:
        self._repository = repository
        self._secret = secret
        self._clock = clock

    async def charge(self, key: str, amount: int, currency: str, method: str) -> Charge:
        entry = await self._repository.enter(
            TestLedgerDocument(id=key, kind="charge", succeeded=method in CHARGED, amount=amount, currency=currency)
        )
        if method == "pm_card_timeout":
            raise ProviderTimedOut
        return Charge(key, entry.succeeded)

    async def find_charge(self, key: str) -> Charge | None:
        entry = await self._repository.entered(key)
        return Charge(key, entry.succeeded) if entry else None

    async def give_up(self, key: str) -> Charge:
        entry = await self._repository.enter(
            TestLedgerDocument(id=key, kind="charge", succeeded=False, amount=0, currency="XXX")
        )
        return Charge(key, entry.succeeded)

    async def refund(self, key: str, charge_key: str, amount: int, currency: str) -> None:
        charge = await self._repository.entered(charge_key)
        assert charge is not None, "a refund is of a charge that succeeded"
        await self._repository.enter(
            TestLedgerDocument(id=key, kind="refund", succeeded=True, amount=amount, currency=currency)
        )

    def sign(self, body: bytes) -> str:
        """Sign a webhook's body, as of now."""
        at = int(self._clock.now().timestamp())
        return f"t={at},v1={self._mac(at, body)}"

    def read_notice(self, body: bytes, signature: str) -> Notice:
        parts = dict(part.partition("=")[::2] for part in signature.split(","))
        at = parts.get("t", "")
        if not at.isdigit() or not hmac.compare_digest(self._mac(int(at), body), parts.get("v1", "")):
            raise BadNotice("the signature is not the provider's")
        if abs(self._clock.now().timestamp() - int(at)) > REPLAY_SECONDS:
            raise BadNotice("the notice is too old")
        try:
            notice = NoticeBody.model_validate_json(body)
        except ValidationError as error:
            raise BadNotice("the notice is malformed") from error
        return Notice(f"test:{notice.id}", Charge(notice.charge, notice.succeeded))

    async def close(self) -> None:
        pass

    def _mac(self, at: int, body: bytes) -> str:
        return hmac.new(self._secret, f"{at}.".encode() + body, sha256).hexdigest()
