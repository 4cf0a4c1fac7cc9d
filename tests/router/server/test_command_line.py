"""`python -m router`: what it prints, how it refuses, and that it serves and stops."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from router.__main__ import main

from .federation import SUPERGRAPH


@pytest.fixture
def supergraph(tmp_path: Path) -> str:
    path = tmp_path / "supergraph.graphql"
    path.write_text(SUPERGRAPH, encoding="utf-8")
    return str(path)


def test_schema_prints_what_clients_see(supergraph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--supergraph", supergraph]) == 0

    printed = capsys.readouterr().out
    assert "type User {" in printed
    assert "join__" not in printed


def test_plan_prints_text_and_json(supergraph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = tmp_path / "query.graphql"
    query.write_text("{ users { name rating } }", encoding="utf-8")

    assert main(["plan", "--supergraph", supergraph, str(query)]) == 0
    assert 'Flatten(path: "users.@")' in capsys.readouterr().out
    assert main(["plan", "--supergraph", supergraph, "--json", str(query)]) == 0
    assert json.loads(capsys.readouterr().out)["node"]["kind"] == "Sequence"


@pytest.mark.parametrize(
    ("text", "message"), [("{ nothing }", "Cannot query field 'nothing'"), ("{", "Syntax Error: Expected Name")]
)
def test_a_refused_query_is_told_on_standard_error(
    supergraph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    query = tmp_path / "query.graphql"
    query.write_text(text, encoding="utf-8")

    assert main(["plan", "--supergraph", supergraph, str(query)]) == 1
    assert message in capsys.readouterr().err


def test_a_wrong_setting_stops_serving_before_it_starts(
    supergraph: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "router.yaml"
    config.write_text("lmits: {}", encoding="utf-8")

    assert main(["serve", "--supergraph", supergraph, "--port", "1", "--config", str(config)]) == 1
    assert capsys.readouterr().err == "unknown setting lmits\n"


@pytest.mark.parametrize("command", [["serve", "--port", "1"], ["schema"]])
def test_a_supergraph_that_is_no_text_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    path = tmp_path / "supergraph.graphql"
    path.write_bytes(b"type Query { a: Int } # \xff")

    assert main([*command, "--supergraph", str(path)]) == 1
    assert capsys.readouterr().err == "'utf-8' codec can't decode byte 0xff in position 24: invalid start byte\n"


@pytest.mark.parametrize("count", ["0", "-1", "two"])
def test_a_wrong_number_of_workers_is_told(capsys: pytest.CaptureFixture[str], count: str) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--supergraph", "s", "--port", "1", f"--workers={count}"])

    assert "argument --workers: must be a number, 1 or more" in capsys.readouterr().err


def _get(url: str, process: subprocess.Popen[bytes]) -> Any:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return json.loads(response.read())
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(process.returncode)


def test_the_router_serves_and_stops_when_asked(supergraph: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "router", "serve", "--supergraph", supergraph, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            health = _get(f"http://127.0.0.1:{port}/health", process)
            typename = _get(f"http://127.0.0.1:{port}/graphql?query=%7B__typename%7D", process)
        finally:
            process.send_signal(signal.SIGTERM)

    assert health == {"status": "up"}
    assert typename == {"data": {"__typename": "Query"}}
    assert process.returncode == 0


def test_a_hangup_makes_the_router_read_its_supergraph_again(supergraph: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "router", "serve", "--supergraph", supergraph, "--port", str(port)]
    ask = f"http://127.0.0.1:{port}/graphql?query=%7B__type(name:%22Person%22)%7Bname%7D%7D"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            before = _get(ask, process)
            Path(supergraph).write_text(SUPERGRAPH + "scalar Person @join__type(graph: ACCOUNTS)", encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            while (after := _get(ask, process)) == before:
                time.sleep(0.05)
        finally:
            process.send_signal(signal.SIGTERM)

    assert before == {"data": {"__type": None}}
    assert after == {"data": {"__type": {"name": "Person"}}}
