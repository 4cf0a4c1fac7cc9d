"""Notifying: a message is queued when its event is told, and sent afterwards.

Each exactly once per event and recipient: the queue has a unique key over both, and the mailer is idempotent by the
message's id. Messages are sent side by side; a failing one waits, twice as long each time, and is given up in the end,
visible to admins, who may have it sent again. None holds up another.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any

from shared.audit import audited
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import BadUserInput, SubgraphUnavailable
from shared.events.declared import event
from shared.events.envelope import Event
from shared.ids import new_id
from shared.mail.mailer import Mail, Mailer, MailFailed
from shared.mail.observing import count_mail, sending
from shared.metrics import MAIL_OVERDUE_SECONDS
from shared.stores.store import Store
from shared.telemetry import fail
from shared.telemetry_trail import carry
from subgraphs.notifications.documents import (
    Kind,
    NotificationDocument,
    NotificationStatus,
    PreferencesDocument,
)
from subgraphs.notifications.errors import NoSuchNotification, NotFailed
from subgraphs.notifications.events import SOURCE, NotificationFailed, NotificationSent
from subgraphs.notifications.repository import NotificationRepository
from subgraphs.notifications.service.composing import Composing, NoRecipient
from subgraphs.notifications.service.suppressing import SuppressionService
from subgraphs.notifications.service.words import LANGUAGES, language_of
from subgraphs.notifications.settings import AT_ONCE, ATTEMPTS, KEPT_OFF, POLL_SECONDS, pause_after

_logger = logging.getLogger(__name__)


class NotificationService:
    """Queues, sends and resends."""

    def __init__(
        self,
        store: Store,
        repository: NotificationRepository,
        composing: Composing,
        *,
        suppressions: SuppressionService,
        mailer: Mailer,
        clock: Clock,
    ) -> None:
        self._store = store
        self.repository = repository
        self._composing = composing
        self._suppressions = suppressions
        self._mailer = mailer
        self._clock = clock
        self._queued = asyncio.Event()

    async def tell(self, told: Event, kind: Kind, *recipients: str) -> None:
        """Queue one message a recipient about an event; told again, it queues nothing more."""
        await self._store.transaction(lambda: self._queue(told, kind, recipients))
        self._queued.set()

    async def _queue(self, told: Event, kind: Kind, recipients: tuple[str, ...]) -> None:
        now = self._clock.now()
        for recipient in recipients:
            await self.repository.add(
                NotificationDocument(
                    id=new_id("ntf"),
                    key=f"{told.id}:{kind.value}:{recipient}",
                    kind=kind,
                    recipient=recipient,
                    event_id=told.id,
                    about=dict(told.data),
                    traceparent=carry(),
                    due_at=now,
                    created_at=now,
                )
            )

    async def send_due(self) -> int:
        """Send every message that is due, side by side; answers how many attempts were made."""
        async with asyncio.TaskGroup() as attempts:
            return await self._start_due(attempts, asyncio.Semaphore(AT_ONCE))

    async def keep_sending(self) -> None:
        """Send what is due, at once when something is queued in this process, else every second; forever.

        Who is slow to take a message keeps one of the places, and nobody waits for them but when all are kept.
        """
        places = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as attempts:
            while True:
                self._queued.clear()
                await self._start_due(attempts, places)
                try:
                    await asyncio.wait_for(self._queued.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue

    async def _start_due(self, attempts: asyncio.TaskGroup, places: asyncio.Semaphore) -> int:
        started = 0
        while True:
            await places.acquire()
            notification = await self.repository.take_due(self._clock.now(), KEPT_OFF)
            if notification is None:
                places.release()
                return started
            attempts.create_task(self._attempt(notification)).add_done_callback(lambda _: places.release())
            started += 1

    async def resend(self, caller: Caller, notification_id: str) -> NotificationDocument:
        """Queue a failed message anew. Raises NoSuchNotification, NotFailed."""

        async def work() -> NotificationDocument:
            if await self.repository.get(notification_id) is None:
                raise NoSuchNotification(field=["notificationId"])
            again = await self.repository.queue_again(notification_id, self._clock.now())
            if again is None:
                raise NotFailed(field=["notificationId"])
            resource = ("Notification", notification_id)
            self._store.publish(audited(SOURCE, caller, self._clock, action="notification.resend", resource=resource))
            return again

        again = await self._store.transaction(work)
        self._queued.set()
        return again

    async def set_preferences(self, user_id: str, changes: dict[str, Any]) -> PreferencesDocument:
        """Change a patient's preferences. Raises BadUserInput for a language that we do not have."""
        locale = changes.get("locale")
        if locale and language_of(locale) != locale.partition("-")[0]:
            raise BadUserInput(f"We write in {', '.join(LANGUAGES)}.", field=["locale"])
        return await self.repository.set_preferences(user_id, changes)

    async def sample_overdue(self) -> None:
        """Tell how long the message has been due that has waited longest; those that were put off are not due yet."""
        now = self._clock.now()
        oldest = await self.repository.oldest_due()
        MAIL_OVERDUE_SECONDS.set(max(0.0, (now - oldest).total_seconds()) if oldest is not None else 0.0)

    async def _attempt(self, notification: NotificationDocument) -> None:
        with sending(notification.kind.value, notification.id, notification.attempts, notification.traceparent):
            await self._send(notification)

    async def _send(self, notification: NotificationDocument) -> None:
        kind = notification.kind.value
        try:
            mail = await self._composing.compose(notification)
            if mail is None:
                await self.repository.finish(notification, NotificationStatus.SUPPRESSED)
                count_mail(kind, "suppressed")
                return
            if await self._suppressions.forbids(mail.to, notification.kind):
                await self.repository.finish(notification, NotificationStatus.SUPPRESSED, error="mail comes back")
                count_mail(kind, "suppressed")
                return
            await self._mailer.send(mail)
        except NoRecipient:
            await self.repository.finish(notification, NotificationStatus.SUPPRESSED, error="the recipient is gone")
            count_mail(kind, "suppressed")
        except SubgraphUnavailable as error:
            _logger.warning("a message waits", extra={"reason": error.text})
            await self._failed(notification, error, permanent=False)
        except MailFailed as error:
            _logger.warning("a mail was not taken over", extra={"reason": str(error), "permanent": error.permanent})
            await self._failed(notification, error, permanent=error.permanent)
        except Exception as error:
            _logger.exception("a message could not be sent")
            await self._failed(notification, error, permanent=False)
        else:
            await self._sent(notification, mail, self._clock.now())
            count_mail(kind, "sent")

    async def _sent(self, notification: NotificationDocument, mail: Mail, at: datetime) -> None:
        async def work() -> None:
            if await self.repository.finish(notification, NotificationStatus.SENT, subject=mail.subject, sent_at=at):
                data = NotificationSent(notification_id=notification.id, kind=notification.kind.value)
                self._store.publish(event(SOURCE, notification.id, data, self._clock))

        await self._store.transaction(work)

    async def _failed(self, notification: NotificationDocument, error: Exception, *, permanent: bool) -> None:
        reason = type(error).__name__
        fail(reason)
        if not permanent and notification.attempts < ATTEMPTS:
            until = self._clock.now() + pause_after(notification.attempts)
            await self.repository.put_off(notification, until, reason)
            count_mail(notification.kind.value, "put_off")
            return

        async def work() -> None:
            if await self.repository.finish(notification, NotificationStatus.FAILED, error=reason):
                data = NotificationFailed(notification_id=notification.id, kind=notification.kind.value)
                self._store.publish(event(SOURCE, notification.id, data, self._clock))

        await self._store.transaction(work)
        count_mail(notification.kind.value, "failed")
