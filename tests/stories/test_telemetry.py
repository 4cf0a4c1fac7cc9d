"""A consultation under the eyes of operators: one trace from the client to the mails, and nothing personal anywhere."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.shared.otlp_peer import OtlpPeer, otlp_peer
from tests.stories.client import Client
from tests.stories.people import Doctor, Patient, a_doctor, a_patient
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform
from tests.stories.tracing import TRACE, assert_one_trace, book_and_pay

PERSONAL = ("canarysymptom", "canaryhistory", "Canaryname", "canary-comment", "canarydiagnosis", "Canarymycin")


@pytest.fixture
def collector() -> Iterator[OtlpPeer]:
    with otlp_peer() as peer:
        yield peer


@pytest.fixture
def observed(tmp_path: Path, collector: OtlpPeer) -> Iterator[RunningPlatform]:
    running = RunningPlatform(tmp_path / "home", settings={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    running.start()
    yield running
    if running.process is not None:
        running.stop()


@pytest.fixture
async def visitor(observed: RunningPlatform) -> AsyncIterator[Client]:
    async with Client(observed.url) as client:
        yield client


async def consult(visitor: Client, patient: Patient, doctor: Doctor) -> None:
    appointment = await book_and_pay(visitor, patient, doctor)
    await doctor.client.done("checkInAppointment", "appointment { id }", appointmentId=appointment)
    await doctor.client.done("completeAppointment", "appointment { id }", appointmentId=appointment)
    await doctor.client.done(
        "issuePrescription",
        "prescription { id }",
        appointmentId=appointment,
        diagnosis="canarydiagnosis",
        medicines=[
            {"name": "Canarymycin", "type": "tablet", "dosage": "5 mg", "frequency": "daily", "durationDays": 5}
        ],
    )
    await visitor.mail(patient.email, "is ready for you")
    rating = {"appointmentId": appointment, "stars": 4, "comment": "canary-comment"}
    await patient.client.done("rateAppointment", "rating { id }", **rating)


async def test_one_trace_leads_from_the_client_to_the_mails_and_nobody_is_told_what_is_personal(
    observed: RunningPlatform, collector: OtlpPeer, visitor: Client
) -> None:
    admin = await visitor.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    doctor, patient = await a_doctor(visitor, admin), await a_patient(visitor, "Canaryname")
    await consult(visitor, patient, doctor)
    metrics = (await visitor.fetch(f"{observed.url}/metrics")).text
    await asyncio.to_thread(observed.stop)

    spans = collector.of_trace(TRACE)
    assert_one_trace(spans)
    log = "".join(path.read_text() for path in observed.home.glob("log.jsonl*"))
    assert_log(log)
    assert_metrics(metrics)
    exported = b"".join(collector.bodies).decode("latin-1")
    written = {"spans": exported, "log": log, "metrics": metrics}
    secrets = (
        *PERSONAL,
        "canaryAlias",
        patient.email,
        doctor.email,
        ADMIN_EMAIL,
        "Lake Road",
        "Meera",
        "+912233445566",
    )
    assert {where: [one for one in secrets if one.lower() in text.lower()] for where, text in written.items()} == {
        "spans": [],
        "log": [],
        "metrics": [],
    }


def assert_log(log: str) -> None:
    lines = [orjson.loads(line) for line in log.splitlines()]
    of_client = [line for line in lines if line.get("correlationId") == "the-clients-own-id"]
    assert len([line for line in of_client if line["logger"] == "router.access"]) == 2
    assert {"at", "level", "logger", "message"} <= set(lines[0])
    assert all(re.fullmatch(r"[0-9a-f]{32}", line["traceId"]) for line in lines if "traceId" in line)


def assert_metrics(metrics: str) -> None:
    samples = [one for family in text_string_to_metric_families(metrics) for one in family.samples]
    found = {(one.name, *sorted(one.labels.values())): one.value for one in samples}
    assert found[("bmc_operation_seconds_count", "appointments", "bookAppointment", "mutation")] == 1
    assert found[("bmc_mails_total", "payment_receipt", "sent")] == 1
    assert found[("bmc_event_seconds_count", "notifications")] >= 3
    assert found[("router_requests_total", "200", "mutation")] >= 2
    assert found[("bmc_outbox_oldest_seconds", "appointments", "sql")] >= 0
    assert found[("bmc_dead_letters", "notifications")] == 0
    assert found[("bmc_holds",)] >= 0
    assert {one.labels["name"] for one in samples if one.name == "bmc_job_last_success_timestamp_seconds"} >= {
        "appointments.expire",
        "reconcile-payments",
        "sample-holds",
        "sample-mails",
    }
