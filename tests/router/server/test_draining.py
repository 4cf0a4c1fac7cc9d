"""An end under load: nobody who was taken goes without an answer, by one process or by several."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from router.config import RouterConfig
from router.server.serving import GracefulServer, listen, uvicorn_config

from .federation import Federation
from .running_router import Connection, Load, running_router


@pytest.mark.parametrize("workers", [1, 2])
async def test_no_request_fails_when_the_router_is_told_to_end_under_load(tmp_path: Path, workers: int) -> None:
    async with running_router(tmp_path, workers=workers) as router:
        load = Load(router.port)
        load.start()
        await load.reach(200)

        router.tell(signal.SIGTERM)
        await load.end()
        status = await router.process.wait()

    assert load.failed == []
    assert status == 0


async def test_with_a_notice_it_is_no_longer_ready_but_still_answers(tmp_path: Path) -> None:
    async with running_router(tmp_path, {"drain_notice_seconds": 100}) as router:
        before = await Connection(router.port).ask(path="/ready", method="GET")
        kept = Connection(router.port)
        await kept.ask()

        router.tell(signal.SIGTERM)
        await router.says("ending")
        ready = await Connection(router.port).ask(path="/ready", method="GET")
        answers = [await kept.ask(), await Connection(router.port).ask()]
        router.tell(signal.SIGTERM)
        status = await router.process.wait()

    assert (before.status, ready.status) == (200, 503)
    assert b'"status":"draining"' in ready.body
    assert [(answer.status, answer.is_last) for answer in answers] == [(200, True), (200, True)]
    assert status == 0


async def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with running_router(tmp_path, {"drain_seconds": 1000, "drain_notice_seconds": 0}) as router:
        connection = Connection(router.port)
        events = await connection.ask(b'{"query":"subscription { forever { name } }"}', accept="text/event-stream")
        await connection.rest(b'"Ada"')

        router.tell(signal.SIGTERM)
        rest = await connection.rest()
        status = await router.process.wait()

    assert events.status == 200
    assert b"event: complete" not in rest
    assert status == 0


async def test_an_idle_connection_is_kept_for_a_last_request(tmp_path: Path) -> None:
    settings = {"drain_seconds": 1000, "connections": {"linger_seconds": 1000}}
    async with running_router(tmp_path, settings) as router:
        kept = Connection(router.port)
        first = await kept.ask()

        router.tell(signal.SIGTERM)
        await router.says("no longer listening")
        last = await kept.ask()
        status = await router.process.wait()

    assert (first.status, first.is_last) == (200, False)
    assert (last.status, last.is_last) == (200, True)
    assert status == 0


async def test_connections_that_wait_to_be_accepted_are_answered() -> None:
    config = RouterConfig()
    app = Federation(config).app
    listener = listen("127.0.0.1", 0)
    server = GracefulServer(uvicorn_config(app, config), app, config)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup([listener])
    # The loop does not run meanwhile, so nobody accepts them.
    clients = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    for client in clients:
        client.send(b"GET /health HTTP/1.1\r\nhost: router\r\n\r\n")

    await server.shutdown([listener])

    answers = [client.recv(1000) for client in clients]
    for client in clients:
        client.close()
    assert [answer[:15] for answer in answers] == [b"HTTP/1.1 200 OK"] * 3
    assert all(b"connection: close" in answer for answer in answers)
