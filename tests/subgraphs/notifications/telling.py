"""Telling the notifications subgraph what has happened, and looking at what came of it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from shared.events.envelope import Event
from shared.mail.mailer import Mail, MailFailed
from subgraphs.notifications.documents import NotificationDocument
from subgraphs.notifications.service import NotificationService
from tests.subgraphs.harness import World

VISIT = {"appointment_id": "apt_1", "user_id": "usr_patient", "doctor_id": "doc_doctor", "version": 2}
STARTS = "2026-11-25T04:30:00Z"
PAYMENT = {"payment_id": "pay_1", "appointment_id": "apt_1", "user_id": "usr_patient", "version": 2}
ACCOUNT = {"account_id": "acc_patient"}
DOCTOR = {"doctor_id": "doc_doctor", "account_id": "acc_doctor", "version": 2}


@dataclass
class StubbornMailer:
    """Takes every mail, also twice; `refuses` some addresses, and is held up by others until `released`."""

    taken: list[Mail] = field(default_factory=list)
    refuses: dict[str, MailFailed] = field(default_factory=dict)
    held_up_by: set[str] = field(default_factory=set)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, mail: Mail) -> None:
        if mail.to in self.held_up_by:
            await self.released.wait()
        if mail.to in self.refuses:
            raise self.refuses[mail.to]
        async with self.came:
            self.taken.append(mail)
            self.came.notify_all()

    async def has_taken(self, count: int) -> None:
        """Wait until so many mails have come in all."""
        async with self.came:
            await self.came.wait_for(lambda: len(self.taken) >= count)

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.taken if mail.to == address]


def happened(world: World, type_: str, subject: str, data: dict[str, Any]) -> Event:
    """Make an event, as its owner would."""
    return Event(type=type_, source=type_.partition(".")[0], subject=subject, time=world.clock.now(), data=data)


async def tell(world: World, type_: str, data: dict[str, Any] | None = None) -> Event:
    """Tell of an event about the visit, or of another if its data are given; nothing is sent yet."""
    event = happened(world, type_, "apt_1", {**VISIT, "starts_at": STARTS} if data is None else data)
    await world.redeliver(event)
    return event


def sender(world: World) -> NotificationService:
    service = world.subgraph.service
    assert isinstance(service, NotificationService)
    return service


async def notifications() -> list[NotificationDocument]:
    return await NotificationDocument.find_all().sort("_id").to_list()


async def statuses() -> Counter[str]:
    return Counter(row.status.value for row in await notifications())


async def types(world: World) -> Counter[str]:
    """Count what the subgraph has announced."""
    return Counter(event.type for event in await world.published())
