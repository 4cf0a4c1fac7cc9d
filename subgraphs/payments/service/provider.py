"""The provider port: who moves the money.

The contract: `charge` and `refund` are idempotent by their key; asked again, they answer what they did. A time-out
(`ProviderTimedOut`) leaves open whether money moved; `find_charge` tells later. `give_up` ends that: after it no money
moves by that key any more, however late a forgotten process goes on. Amounts are minor units.
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
    signature_header: str
    """Where a webhook has its signature."""

    async def charge(self, key: str, amount: int, currency: str, method: str) -> Charge:
        """Charge; raises ProviderTimedOut or ProviderDown."""
        ...

    async def find_charge(self, key: str) -> Charge | None:
        """Answer what became of a charge; None if it was never seen, or has not ended. Raises as `charge` does."""
        ...

    async def give_up(self, key: str) -> Charge:
        """End a charge for good, unless it has happened; answers what it came to. Raises as `charge` does."""
        ...

    async def refund(self, key: str, charge_key: str, amount: int, currency: str) -> None:
        """Give money back; raises as `charge` does."""
        ...

    def read_notice(self, body: bytes, signature: str) -> Notice | None:
        """Verify and read a webhook; None if it tells of nothing that matters here. Raises BadNotice."""
        ...

    async def close(self) -> None:
        """Let go of what was opened."""
        ...
