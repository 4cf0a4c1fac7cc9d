"""What docker-compose.yml says, read as far as the stack's tests need it: commands, environment, and the start order.

NOTE: Of the compose specification's interpolation there is `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$`.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


class MissingVariable(Exception):
    """The file needs a variable that is not set."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `waits_for` names others and when they are far enough: started, healthy or completed."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    waits_for: Mapping[str, str]
    restarts: bool
    is_ours: bool


def read_compose(path: Path, variables: Mapping[str, str]) -> list[Service]:
    """Read the services without a profile, each after those that it waits for. Raises MissingVariable."""
    services = yaml.safe_load(path.read_text())["services"]
    wanted = {name: service for name, service in services.items() if not service.get("profiles")}
    read = {name: _read(name, service, variables) for name, service in wanted.items()}
    order = TopologicalSorter({name: service.waits_for.keys() for name, service in read.items()})
    return [read[name] for name in order.static_order()]


def _read(name: str, service: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    environment = service.get("environment", {})
    if isinstance(environment, list):
        environment = dict(line.split("=", 1) for line in environment)
    command = service.get("command", [])
    waits = service.get("depends_on", {})
    return Service(
        name=name,
        command=tuple(
            _filled(part, variables) for part in (shlex.split(command) if isinstance(command, str) else command)
        ),
        environment={key: _filled(_text(value), variables) for key, value in environment.items()},
        waits_for=(
            dict.fromkeys(waits, "service_started")
            if isinstance(waits, list)
            else {other: how.get("condition", "service_started") for other, how in waits.items()}
        ),
        restarts=service.get("restart", "no") not in {"no", "on-failure"},
        is_ours="build" in service or str(service.get("image", "")).startswith("bookmyconsultation"),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        name, how, rest = found.groups()
        if name is None:
            return "$"
        value = variables.get(name, "")
        if value:
            return value
        if how == "?":
            raise MissingVariable(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(fill, text)
