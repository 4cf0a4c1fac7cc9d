"""What must always hold: what is reserved is exactly what living appointments need."""

from collections import Counter
from itertools import chain

from sqlalchemy import select
from sqlmodel import col

from shared.stores.sql import SqlStore
from subgraphs.appointments.service.status import status_of
from subgraphs.appointments.service.ticks import reserved_ticks, ticks_between
from subgraphs.appointments.tables import AppointmentRow, AppointmentStatus, ReservationRow
from tests.subgraphs.harness import World

HOLDING = {AppointmentStatus.PENDING_PAYMENT, AppointmentStatus.CONFIRMED}


async def appointments(world: World) -> list[AppointmentRow]:
    """Answer all appointments, having seen that the reservations are theirs and nothing else."""
    (sql, _) = world.subgraph.stores
    assert isinstance(sql, SqlStore)
    async with sql.reading() as session:
        rows = list(await session.scalars(select(AppointmentRow).order_by(col(AppointmentRow.id))))
        claims = list(await session.scalars(select(ReservationRow)))
    now = world.clock.now()
    needed = chain.from_iterable(
        [
            *((row.doctor_id, tick, row.id) for tick in reserved_ticks(row.starts_at, row.ends_at, row.buffer_minutes)),
            *((row.user_id, tick, row.id) for tick in ticks_between(row.starts_at, row.ends_at)),
        ]
        for row in rows
        if status_of(row, now) in HOLDING
    )
    living = [claim for claim in claims if claim.held_until is None or claim.held_until > now]
    assert Counter((claim.owner_id, claim.tick, claim.holder) for claim in living) == Counter(needed)
    return rows
