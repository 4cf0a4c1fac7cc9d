"""Several workers on one port: kept alive, replaced under load, counted together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from router.__main__ import main

from .federation import SUPERGRAPH
from .running_router import Connection, Load, RunningRouter, alive, running_router

NEWER = SUPERGRAPH.replace(
    "users: [User!]! @join__field", "users: [User!]! @join__field(graph: ACCOUNTS)\n  people: Int @join__field"
)
TYPES = b'{"query":"{ __type(name: \\"Query\\") { fields { name } } }"}'


def pids(router: RunningRouter) -> list[int]:
    return [line["worker"] for line in router.said("worker ready")]


async def gone(pid: int) -> None:
    while alive(pid):  # noqa: ASYNC110  Another's child: there is nothing to wait on.
        await asyncio.sleep(0.02)


async def test_a_hangup_replaces_all_workers_and_no_request_fails(tmp_path: Path) -> None:
    async with running_router(tmp_path, workers=2) as router:
        load = Load(router.port)
        load.start()
        await load.reach(100)
        before = pids(router)

        router.tell(signal.SIGHUP)
        await router.says("worker ready", 4)
        for pid in before:
            await gone(pid)
        await load.reach(100)
        router.tell(signal.SIGTERM)
        await load.end()
        status = await router.process.wait()

    assert load.failed == []
    assert len(set(pids(router))) == 4
    assert status == 0


async def test_a_changed_supergraph_reaches_all_workers_and_no_request_fails(tmp_path: Path) -> None:
    async with running_router(tmp_path, workers=2) as router:
        load = Load(router.port)
        load.start()
        before = pids(router)

        router.supergraph.write_text(NEWER, encoding="utf-8")
        await router.says("worker ready", 4)
        for pid in before:
            await gone(pid)
        seen = [(await Connection(router.port).ask(TYPES)).body for _ in range(10)]
        router.tell(signal.SIGTERM)
        await load.end()

    assert load.failed == []
    assert all(b'"people"' in body for body in seen)


async def test_a_supergraph_that_cannot_be_loaded_changes_nothing(tmp_path: Path) -> None:
    async with running_router(tmp_path, workers=2) as router:
        before = pids(router)

        router.supergraph.write_text("type Query {", encoding="utf-8")
        died = await router.says("worker died")
        answers = [await Connection(router.port).ask() for _ in range(10)]

        assert {answer.status for answer in answers} == {200}
        assert not set(before) & {line["worker"] for line in died}
        assert all(alive(pid) for pid in before)


async def test_a_worker_that_dies_is_replaced_and_its_connections_wait_for_the_next(tmp_path: Path) -> None:
    async with running_router(tmp_path, workers=2) as router:
        victim = pids(router)[0]

        os.kill(victim, signal.SIGKILL)
        answers = [await Connection(router.port).ask() for _ in range(20)]
        died = await router.says("worker died")
        await router.says("worker ready", 3)

    assert {answer.status for answer in answers} == {200}
    assert [(line["worker"], line["status"]) for line in died] == [(victim, -signal.SIGKILL)]


async def test_any_worker_tells_what_all_have_counted_even_one_that_is_no_more(tmp_path: Path) -> None:
    counted = b'router_requests_total{kind="query",status="200"} 20.0'
    async with running_router(tmp_path, workers=2) as router:
        for _ in range(20):
            await Connection(router.port).ask()
        while counted not in (await Connection(router.port).ask(path="/metrics", method="GET")).body:
            pass  # A request is counted when its answer has been sent, so perhaps only now.
        os.kill(pids(router)[0], signal.SIGKILL)
        await router.says("worker ready", 3)
        told = {(await Connection(router.port).ask(path="/metrics", method="GET")).body for _ in range(10)}

    assert len(told) == 1
    lines = told.pop().decode().splitlines()
    assert counted.decode() in lines
    assert "router_fetches_total 20.0" in lines
    assert "router_websockets 0.0" in lines


async def test_connections_are_spread_over_the_workers(tmp_path: Path) -> None:
    async with running_router(tmp_path, {"access_log": True}, workers=2) as router:
        for _ in range(40):
            await Connection(router.port).ask()
        await router.says("request", 40)

    counts = [sum(line["process"] == pid for line in router.said("request")) for pid in pids(router)]
    assert sum(counts) == 40
    assert min(counts) > 0


async def test_workers_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    async with running_router(tmp_path, workers=2) as router:
        router.process.kill()
        await router.process.wait()

        for pid in pids(router):
            await gone(pid)
        with pytest.raises(ConnectionRefusedError):
            await Connection(router.port).ask()


async def test_a_second_signal_ends_workers_at_once(tmp_path: Path) -> None:
    async with running_router(tmp_path, {"drain_notice_seconds": 1000}, workers=2) as router:
        router.tell(signal.SIGTERM)
        await router.says("ending", 2)
        router.tell(signal.SIGTERM)
        status = await router.process.wait()

    assert status == 0


def test_a_fault_at_the_start_is_told_once_and_ends_everything(tmp_path: Path) -> None:
    (tmp_path / "supergraph.graphql").write_text("type Query {", encoding="utf-8")
    command = [sys.executable, "-m", "router", "serve", "--supergraph", "supergraph.graphql", "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}

    ended = subprocess.run(
        [*command, "--workers", "3"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "Syntax Error" in ended.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "supergraph.graphql").write_text(SUPERGRAPH, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status = main(["serve", "--supergraph", str(tmp_path / "supergraph.graphql"), "--port", str(port)])

    assert status == 1
    assert capsys.readouterr().err.startswith(f"cannot listen on 127.0.0.1 port {port}: ")


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_a_wrong_number_of_workers_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--supergraph", "x", "--port", "0", "--workers", count])

    assert "--workers" in capsys.readouterr().err
