"""A bookable slot."""

from datetime import datetime
from typing import Self

import strawberry

from shared.graphql.values import MoneyType
from subgraphs.appointments.foreign import Doctor
from subgraphs.appointments.service.listing import FreeSlot


@strawberry.type
class Slot:
    starts_at: datetime
    ends_at: datetime
    fee: MoneyType
    doctor: Doctor | None

    @classmethod
    def of(cls, slot: FreeSlot) -> Self:
        """Show a slot."""
        return cls(
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            fee=MoneyType.of(slot.fee),
            doctor=Doctor(id=strawberry.ID(slot.doctor_id)),
        )
