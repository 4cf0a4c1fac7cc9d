"""Composing a message at the time of sending: whether there is still something to say, to whom, in which words.

One composer a family of kinds; each answers a mail, or None when the message has become untrue (no "please pay" after
paying, no reminder for a cancelled appointment) or its recipient wants none.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.clock import Clock
from shared.mail.mailer import Attachment, Mail
from subgraphs.notifications.documents import Kind, NotificationDocument, PreferencesDocument
from subgraphs.notifications.service.calendar import Envelope, calendar_entry
from subgraphs.notifications.service.facts import Facts, Person, Visit
from subgraphs.notifications.service.words import render, told_money, told_time
from subgraphs.notifications.settings import PROFILE_AWAITED

VERIFY_FOR = timedelta(hours=24)
RESET_FOR = timedelta(hours=1)
EXPORT_FOR = timedelta(hours=1)
"""As long as the security subgraph says that the address of an export lives."""
STANDING_TOLD = {
    Kind.DOCTOR_APPROVED: "ACTIVE",
    Kind.DOCTOR_REJECTED: "REJECTED",
    Kind.DOCTOR_SUSPENDED: "SUSPENDED",
    Kind.DOCTOR_REINSTATED: "ACTIVE",
}
VISIT_TOLD = {
    Kind.APPOINTMENT_BOOKED: {"PENDING_PAYMENT"},
    Kind.APPOINTMENT_CONFIRMED: {"CONFIRMED", "CHECKED_IN", "COMPLETED"},
    Kind.APPOINTMENT_RESCHEDULED: {"CONFIRMED", "CHECKED_IN", "PENDING_PAYMENT"},
    Kind.APPOINTMENT_CANCELLED: {"CANCELLED"},
    Kind.APPOINTMENT_EXPIRED: {"EXPIRED"},
    Kind.REMINDER_24H: {"CONFIRMED"},
    Kind.REMINDER_1H: {"CONFIRMED"},
    Kind.RATING_INVITATION: {"COMPLETED"},
}
WITH_CALENDAR = {Kind.APPOINTMENT_CONFIRMED, Kind.APPOINTMENT_RESCHEDULED, Kind.APPOINTMENT_CANCELLED}
REMINDERS = {Kind.REMINDER_24H, Kind.REMINDER_1H}

Composer = Callable[[NotificationDocument, Person], Awaitable[Mail | None]]


class NoRecipient(Exception):
    """Nobody is there to be written to: the account or profile is gone."""


class Composing:
    """Composes mails; `preferences` answers a patient's, `sender` is the address that they come from."""

    def __init__(
        self,
        facts: Facts,
        preferences: Callable[[str], Awaitable[PreferencesDocument]],
        base_url: str,
        clock: Clock,
        *,
        sender: str,
    ) -> None:
        self._facts = facts
        self._preferences = preferences
        self._base_url = base_url
        self._clock = clock
        self._sender = sender

    async def compose(self, notification: NotificationDocument) -> Mail | None:
        """Answer the mail, None if there is nothing to say. Raises NoRecipient, SubgraphUnavailable."""
        awaited = notification.attempts <= PROFILE_AWAITED
        person = await self._facts.person(notification.recipient, profile_awaited=awaited)
        if person is None or not person.email:
            raise NoRecipient
        if notification.recipient.startswith("usr_"):
            wishes = await self._preferences(notification.recipient)
            person = replace(person, locale=wishes.locale or person.locale)
            if notification.kind in REMINDERS and not wishes.reminders:
                return None
        return await self._composer(notification.kind)(notification, person)

    def _composer(self, kind: Kind) -> Composer:
        if kind in VISIT_TOLD:
            return self._about_visit
        if kind in STANDING_TOLD:
            return self._about_standing
        special: dict[Kind, Composer] = {
            Kind.VERIFY_EMAIL: self._verify_email,
            Kind.PASSWORD_RESET: self._reset_password,
            Kind.DATA_EXPORT: self._about_export,
            Kind.PAYMENT_RECEIPT: self._about_payment,
            Kind.REFUND: self._about_payment,
            Kind.PRESCRIPTION_READY: self._about_prescription,
            Kind.WAITLIST_OFFER: self._about_offer,
        }
        return special.get(kind, self._plain)

    async def _plain(self, notification: NotificationDocument, person: Person) -> Mail | None:
        return self._mail(notification, person, {})

    async def _verify_email(self, notification: NotificationDocument, person: Person) -> Mail | None:
        account = await self._facts.account(notification.about["account_id"])
        if account is None or account["emailVerified"]:
            return None
        return await self._with_token(notification, person, "VERIFY_EMAIL", "verify-email", VERIFY_FOR)

    async def _reset_password(self, notification: NotificationDocument, person: Person) -> Mail | None:
        return await self._with_token(notification, person, "RESET_PASSWORD", "reset-password", RESET_FOR)

    async def _with_token(
        self, notification: NotificationDocument, person: Person, purpose: str, page: str, good_for: timedelta
    ) -> Mail:
        token = await self._facts.mail_token(notification, notification.about["account_id"], purpose)
        until = told_time(self._clock.now() + good_for, person)
        return self._mail(notification, person, {"until": until}, path=f"/{page}?token={token}")

    async def _about_export(self, notification: NotificationDocument, person: Person) -> Mail | None:
        address = await self._facts.export_address(notification.about["account_id"])
        if address is None:
            return None
        until = told_time(self._clock.now() + EXPORT_FOR, person)
        return self._mail(notification, person, {"until": until}, link=address)

    async def _about_standing(self, notification: NotificationDocument, person: Person) -> Mail | None:
        standing = await self._facts.standing(notification.recipient)
        if standing is None or standing.status != STANDING_TOLD[notification.kind]:
            return None
        return self._mail(notification, person, {"comments": standing.comments})

    async def _about_visit(self, notification: NotificationDocument, person: Person) -> Mail | None:
        visit = await self._facts.visit(notification.about)
        if visit is None or visit.status not in VISIT_TOLD[notification.kind]:
            return None
        if notification.kind in REMINDERS and visit.starts_at != _instant(notification.about["starts_at"]):
            return None
        if notification.kind is Kind.RATING_INVITATION and await self._facts.is_rated(notification.about):
            return None
        doctor, patient = await self._both(visit)
        to_doctor = notification.recipient == visit.doctor_id
        values = {
            "doctor": doctor,
            "with_whom": patient if to_doctor else doctor,
            "refund": not to_doctor and await self._is_refunded(notification),
            "fee": told_money(visit.fee, person),
            **_told("starts_at", visit.starts_at, person),
        }
        if visit.pay_by is not None:
            values |= _told("pay_by", visit.pay_by, person)
        entry: tuple[Attachment, ...] = ()
        if notification.kind in WITH_CALENDAR:
            cancelled = notification.kind is Kind.APPOINTMENT_CANCELLED
            whom = str(values["with_whom"])
            envelope = Envelope(self._sender, person.email)
            entry = (calendar_entry(visit, envelope, with_whom=whom, cancelled=cancelled, now=self._clock.now()),)
        return self._mail(notification, person, values, attachments=entry)

    async def _about_payment(self, notification: NotificationDocument, person: Person) -> Mail | None:
        receipt = await self._facts.receipt(notification.about)
        visit = await self._facts.visit(notification.about)
        if receipt is None or visit is None:
            return None
        doctor, _ = await self._both(visit)
        values = {
            "doctor": doctor,
            "number": receipt.number,
            "paid": told_money(receipt.paid, person),
            "refunded": told_money(receipt.refunded, person),
            **_told("starts_at", visit.starts_at, person),
        }
        return self._mail(notification, person, values)

    async def _about_prescription(self, notification: NotificationDocument, person: Person) -> Mail | None:
        doctor = await self._facts.person(notification.about["doctor_id"])
        name = doctor.full_name if doctor else "Your doctor"
        return self._mail(notification, person, {"doctor": name})

    async def _about_offer(self, notification: NotificationDocument, person: Person) -> Mail | None:
        until = _instant(notification.about["expires_at"])
        if until <= self._clock.now():
            return None
        doctor = await self._facts.person(notification.about["doctor_id"])
        values = {
            "doctor": doctor.full_name if doctor else "the doctor",
            "until": told_time(until, person),
            **_told("starts_at", _instant(notification.about["starts_at"]), person),
        }
        return self._mail(notification, person, values)

    async def _is_refunded(self, notification: NotificationDocument) -> bool:
        # An unpaid appointment is called off with a refund too: of what may be paid at that very moment.
        return bool(notification.about.get("refund")) and await self._facts.is_paid(notification.about)

    async def _both(self, visit: Visit) -> tuple[str, str]:
        doctor = await self._facts.person(visit.doctor_id)
        patient = await self._facts.person(visit.user_id)
        return (doctor.full_name if doctor else "the doctor"), (patient.name if patient else "a patient")

    def _mail(
        self,
        notification: NotificationDocument,
        person: Person,
        values: dict[str, Any],
        *,
        path: str = "/",
        link: str | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> Mail:
        words = render(notification.kind, person, link or f"{self._base_url}{path}", values)
        return Mail(
            id=notification.id,
            to=person.email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            attachments=attachments,
        )


def _told(name: str, instant: datetime, person: Person) -> dict[str, str]:
    told = told_time(instant, person)
    return {name: told, f"{name}_short": told.partition(" (")[0]}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
