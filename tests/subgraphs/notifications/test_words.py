"""The words: every kind in every language, with nothing missing; each mail as its recipient reads it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from jinja2 import Environment, meta

from subgraphs.notifications.documents import Kind
from subgraphs.notifications.service.facts import Person
from subgraphs.notifications.service.words import LANGUAGES, TEMPLATES, language_of, render, told_time
from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import FEE, visit
from tests.subgraphs.notifications.telling import (
    ACCOUNT,
    DOCTOR,
    PAYMENT,
    VISIT,
    StubbornMailer,
    sender,
    statuses,
    tell,
)

TOUCHED = {**VISIT, "starts_at": "2026-11-25T04:30:00Z"}
OFFER = {
    "entry_id": "wle_1",
    "doctor_id": "doc_doctor",
    "user_id": "usr_patient",
    "starts_at": "2026-11-25T04:30:00Z",
    "expires_at": "2026-11-23T04:30:00Z",
}
PRESCRIPTION = {
    "prescription_id": "rx_1",
    "appointment_id": "apt_1",
    "doctor_id": "doc_doctor",
    "user_id": "usr_patient",
}
NINE = "Wednesday 25 November 2026, 10:00"


@dataclass(frozen=True)
class Told:
    """What happens, and the subject of the mail that tells it; `state` is how things are when it is sent."""

    kind: Kind
    type_: str
    data: dict[str, Any]
    subject: str
    state: dict[str, Any] = field(default_factory=dict)


TO_PATIENT = (
    Told(Kind.VERIFY_EMAIL, "account.created", ACCOUNT, "Verify your e-mail address"),
    Told(Kind.PASSWORD_RESET, "account.password_reset_requested", ACCOUNT, "Choose a new password"),
    Told(Kind.PASSWORD_CHANGED, "account.password_changed", ACCOUNT, "Your password was changed"),
    Told(Kind.DATA_EXPORT, "account.export_ready", ACCOUNT, "Your data is ready"),
    Told(Kind.WELCOME_PATIENT, "user.registered", {"user_id": "usr_patient"}, "Welcome to BookMyConsultation"),
    Told(
        Kind.APPOINTMENT_BOOKED,
        "appointment.booked",
        TOUCHED,
        "Your appointment with Dr Meera Iyer: please pay by Monday 23 November 2026, 09:45",
    ),
    Told(
        Kind.APPOINTMENT_CONFIRMED,
        "appointment.confirmed",
        TOUCHED,
        f"Confirmed: {NINE} with Dr Meera Iyer",
        {"status": "CONFIRMED"},
    ),
    Told(
        Kind.APPOINTMENT_RESCHEDULED,
        "appointment.rescheduled",
        TOUCHED,
        f"Moved to {NINE}: your appointment with Dr Meera Iyer",
        {"status": "CONFIRMED"},
    ),
    Told(
        Kind.APPOINTMENT_CANCELLED,
        "appointment.cancelled",
        {**TOUCHED, "refund": True, "by": "doctor"},
        f"Cancelled: {NINE} with Dr Meera Iyer",
        {"status": "CANCELLED"},
    ),
    Told(
        Kind.APPOINTMENT_EXPIRED,
        "appointment.expired",
        TOUCHED,
        "Your booking with Dr Meera Iyer has expired",
        {"status": "EXPIRED"},
    ),
    Told(
        Kind.REMINDER_24H,
        "appointment.reminder_due",
        {**TOUCHED, "kind": "24h"},
        f"Tomorrow: {NINE} with Dr Meera Iyer",
        {"status": "CONFIRMED"},
    ),
    Told(
        Kind.REMINDER_1H,
        "appointment.reminder_due",
        {**TOUCHED, "kind": "1h"},
        f"Soon: {NINE} with Dr Meera Iyer",
        {"status": "CONFIRMED"},
    ),
    Told(
        Kind.RATING_INVITATION,
        "appointment.completed",
        TOUCHED,
        "How was your appointment with Dr Meera Iyer?",
        {"status": "COMPLETED"},
    ),
    Told(
        Kind.PRESCRIPTION_READY, "prescription.issued", PRESCRIPTION, "A document from Dr Meera Iyer is ready for you"
    ),
    Told(Kind.PAYMENT_RECEIPT, "payment.succeeded", PAYMENT, "Receipt BMC-20261123-0001"),
    Told(Kind.REFUND, "payment.refunded", PAYMENT, "Your refund of ₹499.00"),
    Told(Kind.WAITLIST_OFFER, "waitlist.offered", OFFER, f"A time with Dr Meera Iyer is free: {NINE}"),
)
TO_DOCTOR = (
    Told(
        Kind.WELCOME_DOCTOR,
        "doctor.registered",
        DOCTOR,
        "Welcome to BookMyConsultation: please send your documents",
        {"status": "PENDING"},
    ),
    Told(Kind.DOCTOR_APPROVED, "doctor.approved", DOCTOR, "Your registration is approved"),
    Told(
        Kind.DOCTOR_REJECTED,
        "doctor.rejected",
        DOCTOR,
        "Your registration could not be approved",
        {"status": "REJECTED"},
    ),
    Told(Kind.DOCTOR_SUSPENDED, "doctor.suspended", DOCTOR, "Your profile is suspended", {"status": "SUSPENDED"}),
    Told(Kind.DOCTOR_REINSTATED, "doctor.reinstated", DOCTOR, "Your profile is active again"),
)
FULL = {
    "until": "until",
    "comments": "comments",
    "doctor": "doctor",
    "with_whom": "somebody",
    "starts_at": "when",
    "starts_at_short": "when",
    "pay_by": "by",
    "pay_by_short": "by",
    "fee": "fee",
    "refund": True,
    "number": "number",
    "paid": "paid",
    "refunded": "refunded",
}
LEFTOVERS = re.compile(r"None|Undefined|\{\{|\}\}|\{%|usr_|doc_|apt_|acc_|canary")


def catalogue(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TEMPLATES / f"{language}.yaml").read_text(encoding="utf-8"))
    return loaded


def placeholders(language: str) -> dict[str, set[str]]:
    """Answer which values each entry speaks of."""
    environment = Environment(autoescape=True)
    named = {}
    for name, entry in catalogue(language).items():
        texts = [entry] if isinstance(entry, str) else [entry["subject"], *entry["lines"], entry["action"]]
        named[name] = set().union(*(meta.find_undeclared_variables(environment.parse(text)) for text in texts))
    return named


def test_every_language_has_every_kind_and_speaks_of_the_same_values() -> None:
    english = placeholders("en")
    assert {kind.value for kind in Kind} | {"greeting", "nameless_greeting", "sign_off"} == set(english)
    for language in LANGUAGES:
        assert placeholders(language) == english, language
        lines = {name: len(entry["lines"]) for name, entry in catalogue(language).items() if isinstance(entry, dict)}
        assert lines == {name: len(catalogue("en")[name]["lines"]) for name in lines}, language


def test_every_kind_is_among_those_tried_here() -> None:
    assert {told.kind for told in TO_PATIENT + TO_DOCTOR} == set(Kind)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_every_kind_renders_from_full_facts_in_text_and_html_alike(kind: Kind, language: str) -> None:
    person = Person("Ana <b>", "ana@people.example", "Europe/Madrid", language, "Ana B")

    words = render(kind, person, "http://127.0.0.1/?token=a&b=c", FULL)

    for text in (words.subject, words.text, words.html):
        assert text.strip()
        assert not LEFTOVERS.search(text)
    assert f'lang="{language}"' in words.html
    assert "Ana <b>" in words.text
    assert "<b>" not in words.html
    assert "http://127.0.0.1/?token=a&b=c" in words.text
    assert 'href="http://127.0.0.1/?token=a&amp;b=c"' in words.html


@pytest.mark.parametrize("told", TO_PATIENT, ids=lambda told: told.kind.value)
async def test_a_patient_is_told(world: World, mailer: StubbornMailer, told: Told) -> None:
    visit(world, **told.state)
    world.peers.knows("Payment", "pay_1", refundedAmount=FEE)
    await tell(world, told.type_, told.data)

    await sender(world).send_due()

    (mail,) = mailer.to("asha@people.example")
    assert mail.subject == told.subject
    assert mail.text.startswith("\nHello Asha,") or mail.text.startswith("Hello Asha,")
    assert not LEFTOVERS.search(mail.subject + mail.text + mail.html)
    assert (await statuses())["SENT"] == len(mailer.taken)


@pytest.mark.parametrize("told", TO_DOCTOR, ids=lambda told: told.kind.value)
async def test_a_doctor_is_told(world: World, mailer: StubbornMailer, told: Told) -> None:
    world.peers.knows("Doctor", "doc_doctor", **told.state)
    await tell(world, told.type_, told.data)

    await sender(world).send_due()

    (mail,) = mailer.to("meera@doctors.example")
    assert mail.subject == told.subject
    assert "Hello Dr Iyer," in mail.text
    assert not LEFTOVERS.search(mail.subject + mail.text + mail.html)


@pytest.mark.parametrize("language", ["hi", "es"])
@pytest.mark.parametrize("told", TO_PATIENT, ids=lambda told: told.kind.value)
async def test_a_patient_is_told_in_their_own_language(
    world: World, mailer: StubbornMailer, told: Told, language: str
) -> None:
    visit(world, **told.state)
    world.peers.knows("User", "usr_patient", locale=language)
    await tell(world, told.type_, told.data)

    await sender(world).send_due()

    (mail,) = mailer.to("asha@people.example")
    assert f'lang="{language}"' in mail.html
    assert not LEFTOVERS.search(mail.subject + mail.text + mail.html)
    assert mail.subject != told.subject or told.kind is Kind.WELCOME_PATIENT


async def test_times_are_told_on_each_ones_own_clock_and_name_it(world: World, mailer: StubbornMailer) -> None:
    visit(world, status="CONFIRMED")
    await tell(world, "appointment.confirmed")

    await sender(world).send_due()

    (patients,), (doctors,) = mailer.to("asha@people.example"), mailer.to("meera@doctors.example")
    assert "Wednesday 25 November 2026, 10:00 (India Standard Time, Asia/Kolkata)" in patients.text
    assert "Tuesday 24 November 2026, 23:30 (Eastern Standard Time, America/New_York)" in doctors.text
    assert doctors.subject == "Confirmed: Tuesday 24 November 2026, 23:30 with Asha"


async def test_a_rejection_quotes_the_reviewer(world: World, mailer: StubbornMailer) -> None:
    world.peers.knows("Doctor", "doc_doctor", status="REJECTED", reviewComments="The scan is <unreadable>.")
    await tell(world, "doctor.rejected", DOCTOR)

    await sender(world).send_due()

    (mail,) = mailer.taken
    assert "The reviewer wrote: The scan is <unreadable>." in mail.text
    assert "The scan is &lt;unreadable&gt;." in mail.html


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "en"), ("en-IN", "en"), ("hi-IN", "hi"), ("es-419", "es"), ("es_MX", "es"), ("pt-BR", "en"), ("", "en")],
)
def test_a_locale_is_answered_in_the_best_language_there_is(locale: str, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Wednesday 25 November 2026, 10:30"),
        ("hi", "बुधवार 25 नवंबर 2026, 10:30"),
        ("es", "miércoles 25 de noviembre de 2026, 10:30"),
    ],
)
def test_a_date_is_written_as_the_language_writes_it(language: str, told: str) -> None:
    person = Person("Asha", "asha@people.example", "Asia/Kolkata", language, "Asha")

    assert told_time(datetime(2026, 11, 25, 5, tzinfo=UTC), person).startswith(f"{told} (")


@pytest.mark.parametrize(
    ("zone", "language", "told"),
    [
        ("Asia/Kolkata", "en", "India Standard Time"),
        ("Asia/Kolkata", "hi", "भारतीय मानक समय"),
        ("Asia/Kathmandu", "en", "Nepal Time"),
        ("Europe/Kyiv", "en", "Eastern European Standard Time"),
        ("Pacific/Auckland", "en", "New Zealand Daylight Time"),
        ("America/New_York", "es", "hora estándar oriental"),
        ("UTC", "en", "Coordinated Universal Time"),
    ],
)
def test_a_zone_is_called_by_its_name(zone: str, language: str, told: str) -> None:
    person = Person("Asha", "asha@people.example", zone, language, "Asha")

    assert told_time(datetime(2026, 11, 25, 5, tzinfo=UTC), person).endswith(f"({told}, {zone})")
