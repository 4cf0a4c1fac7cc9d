"""Money: an exact decimal amount of one ISO 4217 currency. Never a float."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import get_currency_precision, list_currencies

from shared.errors import BadUserInput

LARGEST = Decimal("9999999999.99")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, e.g. `Money(Decimal("499.00"), "INR")`."""

    amount: Decimal
    currency: str

    def minor_units(self) -> int:
        """Answer the amount in the currency's smallest unit (paise, cents), as payment providers count."""
        return int(self.amount.scaleb(get_currency_precision(self.currency)))

    @classmethod
    def from_minor_units(cls, units: int, currency: str) -> "Money":
        """Read an amount counted in the currency's smallest unit."""
        return cls(Decimal(units).scaleb(-get_currency_precision(currency)), currency)

    @classmethod
    def parse(cls, amount: Decimal, currency: str, *, field: list[str]) -> "Money":
        """Check and normalise what a client sent: a known currency, not negative, no more digits than it has.

        Raises BadUserInput naming `field`.
        """
        code = currency.upper()
        if code not in list_currencies():
            raise BadUserInput(f"{currency!r} is not a currency of ISO 4217.", field=[*field, "currency"])
        digits = Decimal(1).scaleb(-get_currency_precision(code))
        if not amount.is_finite() or not 0 <= amount <= LARGEST:
            raise BadUserInput("The amount must be between 0 and 9999999999.99.", field=[*field, "amount"])
        if amount != amount.quantize(digits):
            raise BadUserInput(f"{code} has no amounts smaller than {digits}.", field=[*field, "amount"])
        return cls(amount.quantize(digits), code)
