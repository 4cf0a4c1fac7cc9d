"""What operators see of mails: attempts by kind and outcome, the one that is overdue, and each in its event's trace."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.mail.mailer import MailFailed
from shared.metrics import REGISTRY
from shared.telemetry import start_telemetry
from subgraphs.notifications.settings import pause_after
from tests.shared.otlp_peer import OtlpPeer, otlp_peer
from tests.subgraphs.harness import World
from tests.subgraphs.notifications.conftest import visit
from tests.subgraphs.notifications.telling import STARTS, VISIT, StubbornMailer, happened, notifications, sender, tell

TRACE = "0af7651916cd43dd8448eb211c80319c"
FROM_ROUTER = f"00-{TRACE}-b7ad6b7169203331-01"
ASHA = "asha@people.example"
WELCOME = {"user_id": "usr_patient"}


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpPeer]:
    with otlp_peer() as peer:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", peer.url)
        yield peer


def counted(kind: str) -> dict[str, float]:
    found = {
        outcome: REGISTRY.get_sample_value("bmc_mails_total", {"kind": kind, "outcome": outcome})
        for outcome in ("sent", "put_off", "failed", "suppressed")
    }
    return {outcome: count or 0.0 for outcome, count in found.items()}


def since(before: dict[str, float], kind: str) -> dict[str, float]:
    return {outcome: count - before[outcome] for outcome, count in counted(kind).items() if count != before[outcome]}


async def test_a_mail_that_is_sent_at_the_second_attempt_is_counted_twice(world: World, mailer: StubbornMailer) -> None:
    before = counted("welcome_patient")
    mailer.refuses[ASHA] = MailFailed("try later", permanent=False)
    await tell(world, "user.registered", WELCOME)
    await sender(world).send_due()
    mailer.refuses.clear()
    world.clock.advance(pause_after(1))
    await sender(world).send_due()

    assert since(before, "welcome_patient") == {"put_off": 1, "sent": 1}


async def test_a_mail_that_is_refused_for_good_is_counted_as_failed(world: World, mailer: StubbornMailer) -> None:
    before = counted("welcome_patient")
    mailer.refuses[ASHA] = MailFailed("no such mailbox", permanent=True)
    await tell(world, "user.registered", WELCOME)
    await sender(world).send_due()

    assert since(before, "welcome_patient") == {"failed": 1}


async def test_a_mail_that_has_become_untrue_is_counted_as_suppressed(world: World) -> None:
    before = counted("appointment_booked")
    visit(world, status="CANCELLED")
    await tell(world, "appointment.booked", {**VISIT, "starts_at": STARTS, "pay_by": "2026-11-23T04:15:00Z"})
    await sender(world).send_due()

    assert since(before, "appointment_booked") == {"suppressed": 1}


async def test_a_mail_that_nobody_tries_to_send_grows_overdue(world: World, mailer: StubbornMailer) -> None:
    async def overdue() -> float | None:
        await world.run_job("sample-mails")
        return REGISTRY.get_sample_value("bmc_mail_overdue_seconds")

    assert await overdue() == 0
    await tell(world, "user.registered", WELCOME)
    world.clock.advance(timedelta(seconds=90))
    assert await overdue() == 90

    mailer.refuses[ASHA] = MailFailed("try later", permanent=False)
    await sender(world).send_due()
    assert await overdue() == 0
    mailer.refuses.clear()
    world.clock.advance(pause_after(1))
    await sender(world).send_due()
    assert await overdue() == 0


async def test_a_mail_is_sent_in_the_trace_of_its_event_and_tells_its_kind_only(
    world: World, peer: OtlpPeer, mailer: StubbornMailer
) -> None:
    told = replace(happened(world, "user.registered", "usr_patient", WELCOME), traceparent=FROM_ROUTER)
    (consumer,) = world.subgraph.consumers
    with start_telemetry("bmc-notifications"):
        await consumer.receive(told)
        await sender(world).send_due()

    (queued,) = await notifications()
    assert (queued.traceparent or "").startswith(f"00-{TRACE}-")
    (mail,) = peer.named("send mail")
    assert (mail.trace, mail.attributes) == (TRACE, {"bmc.mail.kind": "welcome_patient", "bmc.attempt": 1})
    assert {span.trace for span in peer.spans} == {TRACE}
    assert [one.to for one in mailer.taken] == [ASHA]
    assert not [secret for secret in (b"asha", b"Asha", b"people.example") if secret in b"".join(peer.bodies)]
