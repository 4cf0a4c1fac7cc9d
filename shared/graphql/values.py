"""Value types that several subgraphs share: Money, PageInfo, UserError."""

from decimal import Decimal
from typing import Any

import strawberry

from shared.graphql.observing import count_refusal
from shared.money import Money
from shared.pagination import Page


@strawberry.federation.type(name="Money", shareable=True)
class MoneyType:
    amount: Decimal
    currency: str

    @classmethod
    def of(cls, money: Money) -> "MoneyType":
        """Show an amount."""
        return cls(amount=money.amount, currency=money.currency)


@strawberry.input
class MoneyInput:
    amount: Decimal
    currency: str

    def read(self, *field: str) -> Money:
        """Answer the checked amount; raises BadUserInput naming `field`."""
        return Money.parse(self.amount, self.currency, field=list(field))


@strawberry.federation.type(shareable=True)
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None

    @classmethod
    def of(cls, page: Page[Any], cursors: list[str]) -> "PageInfo":
        """Describe a page whose rows have these cursors."""
        return cls(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


@strawberry.interface
class UserError:
    message: str
    field: list[str] | None = strawberry.field(
        default=None, description='Path into `input`, e.g. ["phone"]; null when it concerns no single field.'
    )

    def __post_init__(self) -> None:
        # Each subgraph's own kind adds the enum of its codes; every refusal is shown as one of these.
        count_refusal(self.code.value)  # type: ignore[attr-defined]
