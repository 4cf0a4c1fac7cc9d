"""When a doctor is next available, as the appointments subgraph says: asked when it says that something changed.

An answer may be overtaken by a later one on its way. So every question has a number, drawn before it is asked, and an
answer is stored only if none to a later question is: what is stored is at least as new as the last event. A question
that got no answer leaves its doctor due, and the clock job asks again. It also asks when the slot stored has passed,
once an hour in any case, and more often, with growing pauses, while there is none.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.clients.entities import EntityClient
from shared.clock import Clock
from shared.errors import SubgraphUnavailable
from shared.stores.store import Store
from subgraphs.doctors.documents import DoctorDocument
from subgraphs.doctors.repository import DoctorRepository

DAYS = 61
"""Today and so many days more: as many as the appointments subgraph answers at once."""
FIRST_WAIT = 15
LONGEST_WAIT = 3600
BATCH = 100
MOST_BATCHES = 20

_logger = logging.getLogger(__name__)


class AvailabilityService:
    """Keeps each doctor's open dates and next free slot."""

    def __init__(self, store: Store, doctors: DoctorRepository, entities: EntityClient, clock: Clock) -> None:
        self._store = store
        self._doctors = doctors
        self._entities = entities
        self._clock = clock

    async def follow(self, doctor_id: str) -> None:
        """Ask anew for a doctor about whom something changed."""
        doctor = await self._doctors.get(doctor_id)
        if doctor is None:
            return
        try:
            await self._refresh([doctor], told=True)
        except SubgraphUnavailable:
            # The doctor stays due, which is kept: the job asks as soon as there is an answer to be had.
            _logger.warning("availability will be asked later", extra={"doctor_id": doctor_id})

    async def refresh_due(self) -> None:
        """Ask anew for those who are due."""
        for _ in range(MOST_BATCHES):
            due = await self._doctors.due(self._clock.now(), BATCH)
            if not due:
                return
            await self._refresh(due, told=False)

    async def _refresh(self, doctors: Sequence[DoctorDocument], *, told: bool) -> None:
        now = self._clock.now()
        numbers = {doctor.id: await self._doctors.ask(doctor.id, now, told=told) for doctor in doctors}
        by_day: defaultdict[date, list[str]] = defaultdict(list)
        for doctor in doctors:
            by_day[now.astimezone(ZoneInfo(doctor.time_zone)).date()].append(doctor.id)
        for today, doctor_ids in by_day.items():
            until = today + timedelta(days=DAYS)
            fields = f'openDates(from: "{today}", to: "{until}") nextAvailableSlot {{ startsAt }}'
            answers = await self._entities.entities("appointments", "Doctor", doctor_ids, fields, fresh=True)
            for doctor_id, answer in zip(doctor_ids, answers, strict=True):
                await self._store_answer(doctor_id, numbers[doctor_id], answer or {})

    async def _store_answer(self, doctor_id: str, number: int, answer: dict[str, Any]) -> None:
        slot = answer.get("nextAvailableSlot")
        following = datetime.fromisoformat(slot["startsAt"]) if slot else None
        open_dates: list[str] = answer.get("openDates") or []

        async def work() -> None:
            doctor = await self._doctors.answer(doctor_id, number, open_dates, following)
            if doctor is None or doctor.availability_asked != number:
                return
            now = self._clock.now()
            wait = LONGEST_WAIT
            if following is None:
                wait = min(max(doctor.availability_wait * 2, FIRST_WAIT), LONGEST_WAIT)
            due = now + timedelta(seconds=wait)
            # A slot that lies in the past already would be asked for again at once, for ever.
            if following is not None and following > now:
                due = min(due, following)
            await self._doctors.schedule(doctor_id, due, 0 if following is not None else wait)

        await self._store.transaction(work)
