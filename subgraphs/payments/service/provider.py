"""The provider port: who moves the money.

The contract: `charge` and `refund` are idempotent by their key; asked again, they answer what they did. A time-out
(`ProviderTimedOut`) leaves open whether money moved; `find_charge` tells later. Amounts are minor units.
"""

from dataclasses import dataclass
from typing import Protocol

from shared.errors import BmcError


class ProviderTimedOut(BmcError):
    """The provider did not answer in time; money may have moved."""


class ProviderDown(BmcError):
    """The provider was not reached; no money moved."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What the provider did with a charge."""

    key: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's webhook, verified: which charge came to which outcome."""

    id: str
    charge: Charge


class BadNotice(BmcError):
    """A webhook that is not signed by the provider, too old, or malformed."""


class PaymentProvider(Protocol):
    """Moves money."""

    name: str

    async def charge(self, key: str, amount: int, currency: str, method: str) -> Charge:
        """Charge; raises ProviderTimedOut or ProviderDown."""
        ...

    async def find_charge(self, key: str) -> Charge | None:
        """Answer what became of a charge; None if the provider never saw it. Raises ProviderDown."""
        ...

    async def refund(self, key: str, charge_key: str, amount: int, currency: str) -> None:
        """Give money back; raises ProviderTimedOut or ProviderDown."""
        ...

    def read_notice(self, body: bytes, signature: str) -> Notice:
        """Verify and read a webhook; raises BadNotice."""
        ...
