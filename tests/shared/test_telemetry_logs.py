"""Log lines: under which names a record is found, and what of an exception is never written."""

import asyncio
import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from shared.errors import SubgraphUnavailable
from shared.events.envelope import Event
from shared.events.observing import in_hand
from shared.logging import JsonLines, LogFile
from shared.telemetry import job_run
from shared.telemetry_trail import Trail, current, following
from tests.shared.things import ask

TRACE = "0af7651916cd43dd8448eb211c80319c"
FROM_ROUTER = f"00-{TRACE}-b7ad6b7169203331-01"


class Log:
    """What the process writes, a JSON object a line."""

    def __init__(self) -> None:
        self.text = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.text.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    handler = logging.StreamHandler(log.text)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield log
    logging.getLogger().removeHandler(handler)


async def test_the_correlation_id_of_a_fault_is_found_in_the_log_with_its_trace(log: Log) -> None:
    answer = await ask("{ brokenThing { id } }", headers={"x-correlation-id": "req-7", "traceparent": FROM_ROUTER})

    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "correlationId": "req-7"}
    (line,) = [line for line in log.lines if line.get("correlationId") == "req-7"]
    assert (line["message"], line["level"], line["operation"]) == ("fault", "error", "brokenThing")
    assert line["traceId"] == TRACE


async def test_a_fault_without_a_correlation_id_from_the_router_gets_one_that_is_logged(log: Log) -> None:
    answer = await ask("{ brokenThing { id } }", headers={"x-correlation-id": "no id: spaces"})

    given = answer["errors"][0]["extensions"]["correlationId"]
    assert given.startswith("req_")
    assert [line["message"] for line in log.lines if line.get("correlationId") == given] == ["fault"]


async def test_what_a_client_wrote_is_not_in_the_log_of_a_fault(log: Log) -> None:
    await ask('query canaryName { canaryAlias: brokenThing(note: "canary-literal") { id } }')
    await ask("query($v: String!) { brokenThing(note: $v) { id } }", {"v": "canary-variable"})

    assert [line["message"] for line in log.lines] == ["fault", "fault"]
    assert "LookupError" in log.lines[0]["exception"]
    assert "things.py" in log.lines[0]["exception"]
    assert "canary" not in log.text.getvalue()


def test_records_within_an_event_name_it_and_its_consumer_and_trace(log: Log) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    event = Event("visit.moved", "visits", "v_1", at, {}, id="evt_1", traceparent=FROM_ROUTER)

    with in_hand("payments", event):
        logging.getLogger("work").warning("hm")

    (line,) = log.lines
    assert line["consumer"] == "payments"
    assert line["event"] == "visit.moved evt_1"
    assert line["traceId"] == TRACE
    assert "correlationId" not in line


def test_records_within_a_job_name_it_and_a_trace_of_its_own(log: Log) -> None:
    with job_run("visits.remind"):
        begun = current().traceparent or ""
        logging.getLogger("work").warning("hm")

    (line,) = log.lines
    assert (line["job"], line["traceId"]) == ("visits.remind", begun[3:35])


def test_records_outside_of_any_work_have_no_trail(log: Log) -> None:
    logging.getLogger("work").warning("hm %d", 7, extra={"reason": "none"})

    (line,) = log.lines
    assert set(line) == {"at", "level", "logger", "message", "reason"}
    assert (line["level"], line["logger"], line["message"], line["reason"]) == ("warning", "work", "hm 7", "none")


def test_a_record_says_itself_what_the_trail_says_otherwise(log: Log) -> None:
    with following(Trail("req_1")):
        logging.getLogger("work").warning("hm", extra={"correlationId": "req_2"})

    assert log.lines[0]["correlationId"] == "req_2"


def test_of_an_exception_the_classes_and_the_stack_are_written_and_foreign_messages_are_not(log: Log) -> None:
    secret = f"asha{id(log)}@people.example"
    try:
        try:
            raise ValueError(f"Duplicate entry {secret}")
        except ValueError as error:
            raise ExceptionGroup(secret, [LookupError(secret), SubgraphUnavailable("It is ours.")]) from error
    except ExceptionGroup:
        logging.getLogger("work").exception("hm")

    told = log.lines[0]["exception"]
    assert secret not in told
    assert "builtins.ValueError\n" in told
    assert "builtins.ExceptionGroup\n" in told
    assert "builtins.LookupError\n" in told
    assert "shared.errors.SubgraphUnavailable: It is ours.\n" in told
    assert told.index("ValueError\n") < told.index("ExceptionGroup\n")
    assert "test_telemetry_logs.py" in told


def test_the_systems_own_errors_keep_their_message_and_a_mail_servers_do_not(log: Log) -> None:
    class RecipientRefused(OSError):
        """Such as smtplib's, which is an OSError and names the recipient."""

    for error in (FileNotFoundError(2, "No such file", "events.db"), RecipientRefused("asha@people.example")):
        logging.getLogger("work").error("hm", exc_info=error)

    first, second = log.lines
    assert first["exception"] == "builtins.FileNotFoundError: [Errno 2] No such file: 'events.db'\n"
    assert second["exception"].endswith("RecipientRefused\n")


async def test_asyncios_own_records_show_no_message_of_an_error(log: Log) -> None:
    async def fail() -> None:
        raise ValueError(f"canary {id(log)}")

    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    context = {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    asyncio.get_running_loop().call_exception_handler(context)

    assert log.lines[0]["message"] == "Task exception was never retrieved"
    assert f"canary {id(log)}" not in log.text.getvalue()


def test_a_log_that_cannot_be_written_is_said_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogFile("/dev/full")
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "anything"}))

    assert capsys.readouterr().err == "the log cannot be written: No space left on device\n"
