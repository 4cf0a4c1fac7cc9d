"""Stripe as the provider: a PaymentIntent for each charge, made first and confirmed second.

Making an intent moves no money; confirming it does. Its id is remembered in between, so that whatever breaks, the very
intent can be asked about: Stripe's search finds things only some time later, and is not there in every country. A
charge is given up by cancelling its intent, which Stripe does or refuses atomically; one without an intent gets a mark
that keeps a process which was only slow from confirming what it has just made.

Cards only, and no step that the card's holder must take (3-D Secure): the contract has no field by which a client could
be led to one, so Stripe declines such a card. Stripe is told our ids, amounts and methods, and nothing about anybody.

NOTE: Stripe keeps answers under an idempotency key for a day. A refund may wait longer than that for an outage to end,
so it looks first whether the intent has a refund with its key in the metadata; that list is complete at once.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import stripe

from shared.money import Money
from subgraphs.payments.repository import PaymentRepository
from subgraphs.payments.service.provider import BadNotice, Charge, Notice, ProviderDown, ProviderTimedOut

if TYPE_CHECKING:
    from stripe.params import RefundCreateParams

_logger = logging.getLogger(__name__)
TIMEOUT_SECONDS: Final = 10.0
FORM: Final = "stripe://<secret key>:<webhook secret>@api.stripe.com"
# Digits below an amount's unit, by https://docs.stripe.com/currencies; ISK and UGX are counted as if they had two.
_NO_DIGITS: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DIGITS: Final = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_OUTCOMES: Final = {
    "payment_intent.succeeded": True,
    "payment_intent.payment_failed": False,
    "payment_intent.canceled": False,
}
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class StripeUrl:
    """Where Stripe is and who we are; `?endpoint=` names another place than api.stripe.com."""

    secret_key: str
    webhook_secret: str
    endpoint: str

    @classmethod
    def read(cls, url: str) -> "StripeUrl":
        """Read a URL; raises ValueError, without the secrets, with the form that it should have."""
        parts = urlsplit(url)
        if not parts.username or not parts.password or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(f"it has the form {FORM}")
        options = parse_qs(parts.query)
        endpoint = options.pop("endpoint", [f"https://{parts.netloc.rpartition('@')[2]}"])
        if options or len(endpoint) != 1:
            raise ValueError(f"its one option is endpoint; it has the form {FORM}")
        return cls(unquote(parts.username), unquote(parts.password), endpoint[0].rstrip("/"))


class StripeProvider:
    """Charges cards by Stripe."""

    name = "stripe"
    signature_header = "stripe-signature"

    def __init__(
        self, url: StripeUrl, repository: PaymentRepository, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._repository = repository
        self._webhook_secret = url.webhook_secret
        self._http = stripe.HTTPXClient(timeout=timeout_seconds)
        # Its own retries would hide whether the first try was sent.
        self._stripe = stripe.StripeClient(
            url.secret_key, http_client=self._http, base_addresses={"api": url.endpoint}, max_network_retries=0
        ).v1

    async def charge(self, key: str, amount: int, currency: str, method: str) -> Charge:
        known = await self._repository.intent(key)
        intent = known.intent if known else await self._make(key, amount, currency)
        if intent is None:
            return Charge(key, succeeded=False)
        try:
            with _told():
                confirmed = await self._stripe.payment_intents.confirm_async(
                    intent,
                    {"payment_method": method, "error_on_requires_action": True},
                    {"idempotency_key": f"{key}:confirm"},
                )
        except stripe.CardError:
            return Charge(key, succeeded=False)
        except stripe.InvalidRequestError as error:
            if error.param == "payment_method":
                return Charge(key, succeeded=False)
            # It may have been confirmed or cancelled meanwhile.
            confirmed = await self._look(intent)
        ended = _ended(key, confirmed)
        if ended is None:
            raise ProviderTimedOut
        return ended

    async def find_charge(self, key: str) -> Charge | None:
        known = await self._repository.intent(key)
        if known is None:
            return None
        if known.intent is None:
            return Charge(key, succeeded=False)
        return _ended(key, await self._look(known.intent))

    async def give_up(self, key: str) -> Charge:
        intent = await self._repository.remember_intent(key, None)
        if intent is None:
            return Charge(key, succeeded=False)
        try:
            with _told():
                found = await self._stripe.payment_intents.cancel_async(intent, {"cancellation_reason": "abandoned"})
        except stripe.InvalidRequestError:
            # It has ended already, or cannot be stopped any more.
            found = await self._look(intent)
        ended = _ended(key, found)
        if ended is None:
            raise ProviderTimedOut
        return ended

    async def refund(self, key: str, charge_key: str, amount: int, currency: str) -> None:
        known = await self._repository.intent(charge_key)
        assert known is not None, "a refund is of a charge that succeeded"
        assert known.intent is not None, "a refund is of a charge that succeeded"
        asked: RefundCreateParams = {
            "payment_intent": known.intent,
            "amount": _stripe_units(amount, currency),
            "metadata": {"refund": key},
        }
        with _told(), _refusals_told(key):
            made = await self._stripe.refunds.list_async({"payment_intent": known.intent, "limit": 100})
            async for refund in made.auto_paging_iter():
                if refund.metadata is not None and refund.metadata.to_dict().get("refund") == key:
                    break
            else:
                refund = await self._stripe.refunds.create_async(asked, {"idempotency_key": key})
        if refund.status in {"failed", "canceled"}:
            _logger.error("stripe gave no money back", extra={"refund": key, "reason": refund.failure_reason})
            raise ProviderDown

    def read_notice(self, body: bytes, signature: str) -> Notice | None:
        try:
            event = stripe.Webhook.construct_event(body, signature, self._webhook_secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise BadNotice("the signature is not the provider's, or the notice is too old or malformed") from error
        succeeded = _OUTCOMES.get(event.type)
        if succeeded is None:
            return None
        intent: Mapping[str, Any] = event.data.object.to_dict()
        key = (intent.get("metadata") or {}).get("payment")
        return Notice(f"stripe:{event.id}", Charge(key, succeeded)) if key else None

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def _make(self, key: str, amount: int, currency: str) -> str | None:
        """Make a charge's intent and remember it; None if the charge was given up. Raises ProviderDown."""
        try:
            with _told(), _refusals_told(key):
                made = await self._stripe.payment_intents.create_async(
                    {
                        "amount": _stripe_units(amount, currency),
                        "currency": currency.lower(),
                        "allowed_payment_method_types": ["card"],
                        "metadata": {"payment": key},
                    },
                    {"idempotency_key": f"{key}:make"},
                )
        except ProviderTimedOut as error:
            # An intent that nobody confirms moves no money.
            raise ProviderDown from error
        return await self._repository.remember_intent(key, made.id)

    async def _look(self, intent: str) -> stripe.PaymentIntent:
        with _told(), _refusals_told(intent):
            return await self._stripe.payment_intents.retrieve_async(intent)


def _ended(key: str, intent: stripe.PaymentIntent) -> Charge | None:
    """Answer what an intent came to; None while it may still come to something."""
    if intent.status == "succeeded":
        return Charge(key, succeeded=True)
    was_declined = intent.status == "requires_payment_method" and intent.last_payment_error is not None
    return Charge(key, succeeded=False) if was_declined or intent.status == "canceled" else None


def _stripe_units(amount: int, currency: str) -> int:
    """Count an amount as Stripe does; raises ProviderDown where Stripe has no such amount."""
    digits = 0 if currency in _NO_DIGITS else 3 if currency in _THREE_DIGITS else 2
    units = Money.from_minor_units(amount, currency).amount.scaleb(digits)
    if units != units.to_integral_value():
        _logger.error("stripe has no such amount", extra={"amount": amount, "currency": currency})
        raise ProviderDown
    return int(units)


@contextmanager
def _told() -> Iterator[None]:
    """Tell Stripe's silence as the port's errors; what it refuses passes."""
    try:
        yield
    except stripe.APIConnectionError as error:
        raise (ProviderDown if isinstance(error.__cause__, _NOT_SENT) else ProviderTimedOut) from error
    except stripe.RateLimitError as error:
        raise ProviderDown from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        _logger.error("stripe does not accept our key", extra={"reason": error.code, "request": error.request_id})  # noqa: TRY400
        raise ProviderDown from error
    except stripe.APIError as error:
        raise ProviderTimedOut from error


@contextmanager
def _refusals_told(key: str) -> Iterator[None]:
    """Tell a refusal that nobody expects as ProviderDown, and log why."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        _logger.error("stripe refuses", extra={"of": key, "reason": error.code, "request": error.request_id})  # noqa: TRY400
        raise ProviderDown from error
