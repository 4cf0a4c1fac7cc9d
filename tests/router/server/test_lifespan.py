"""Start, end, and what is written down about requests."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from typing import Any

import pytest

from router.config import RouterConfig
from router.server.log_format import JsonFormatter

from .clients import exchange, post
from .federation import Federation


async def test_the_lifespan_ends_only_when_requests_have() -> None:
    federation = Federation()
    events: asyncio.Queue[Any] = asyncio.Queue()
    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    slow = asyncio.create_task(post(federation.app, "{ slow }"))
    await asyncio.sleep(0)
    living = asyncio.create_task(federation.app({"type": "lifespan"}, events.get, send))
    events.put_nowait({"type": "lifespan.startup"})
    events.put_nowait({"type": "lifespan.shutdown"})
    await asyncio.wait({living}, timeout=0.05)
    assert sent == ["lifespan.startup.complete"]

    slow.cancel()
    await living

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_requests_that_do_not_end_in_time_are_cut_off() -> None:
    federation = Federation(RouterConfig(drain_seconds=0.01))
    slow = asyncio.create_task(post(federation.app, "{ slow }"))
    await asyncio.sleep(0)

    await federation.app.close()
    ready = await exchange(federation.app, "GET", "/ready")
    slow.cancel()

    assert ready.json["status"] == "draining"


async def test_each_request_is_one_structured_line(caplog: pytest.LogCaptureFixture) -> None:
    federation = Federation()
    caplog.set_level(logging.INFO, "router.access")

    secret = {"x-correlation-id": "c-9", "authorization": "Bearer top-secret"}
    await post(federation.app, "query user($id: ID!) { user(id: $id) { name } }", secret, variables={"id": "1"})
    await post(federation.app, "{ top-secret }", secret)

    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records if record.name == "router.access"]
    assert [line.pop("milliseconds") >= 0 for line in lines] == [True, True]
    assert [line.pop("at")[-6:] for line in lines] == ["+00:00", "+00:00"]
    same = {
        "process": os.getpid(), "level": "info", "logger": "router.access", "message": "request",
        "method": "POST", "path": "/graphql", "status": 200, "correlationId": "c-9",
    }  # fmt: skip
    assert lines == [
        {**same, "kind": "query", "operation": "user", "fetches": 2, "errors": []},
        {**same, "kind": "none", "operation": None, "fetches": 0, "errors": ["GRAPHQL_PARSE_FAILED"]},
    ]


def test_a_logged_exception_stays_one_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        record = logging.makeLogRecord({"msg": "crashed", "exc_info": (type(error), error, error.__traceback__)})

    line = JsonFormatter().format(record)

    assert "\n" not in line
    assert "first\nsecond" in json.loads(line)["exception"]
