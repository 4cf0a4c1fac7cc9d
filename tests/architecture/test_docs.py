"""What the documents name exists: linked files, make targets, commands, settings, dependencies."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from bmc.__main__ import app
from shared.settings import Settings
from subgraphs.notifications.settings import NotificationSettings
from subgraphs.security.settings import SecuritySettings

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
MAKE = re.compile(r"(?:`|^|\$ )make ([a-z-]+)", re.MULTILINE)
BMC = re.compile(r"(?:`|\.venv/bin/|\$ )bmc ([a-z-]+)(?: ([a-z-]+))?")
DECISION = re.compile(r"\d{4}-[a-z0-9]+(-[a-z0-9]+)+\.md")


def documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    # Without git (an unpacked archive) the folders that hold documents are known.
    names = listed.stdout.split() or [str(path.relative_to(ROOT)) for path in plain()]
    return sorted(path for name in names if (path := ROOT / name).exists())


def plain() -> Iterator[Path]:
    yield from ROOT.glob("*.md")
    for folder in ("docs", "tests", "bench"):
        yield from (ROOT / folder).rglob("*.md")


def prose(path: Path) -> str:
    return re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def broken(path: Path) -> list[str]:
    targets = (target.partition("#")[0] for target in LINK.findall(prose(path)) if "://" not in target)
    return [target for target in targets if target and not (path.parent / unquote(target)).exists()]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands(group: TyperGroup, *before: str) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, command in group.commands.items():
        path = (*before, name)
        found |= {path} | (commands(command, *path) if isinstance(command, TyperGroup) else set())
    return found


def test_every_link_leads_to_a_file() -> None:
    assert {str(path.relative_to(ROOT)): found for path in documents() if (found := broken(path))} == {}


@pytest.mark.parametrize("target", ["nowhere.md", "README.md/deeper"])
def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path, target: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"See [there]({target}) and [here](page.md#part).\n")

    assert broken(page) == [target]


def test_every_make_target_that_is_named_exists() -> None:
    named = {target for path in documents() for target in MAKE.findall(path.read_text())}

    assert {"run", "test", "check"} <= named
    assert named - make_targets() == set()


def test_every_command_that_is_named_exists() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup), "bmc has commands"
    known = commands(group)
    groups = {path[0] for path in known if len(path) > 1}
    named = {match for path in documents() for match in BMC.findall(path.read_text())}

    said = {(first, second) if first in groups and second else (first,) for first, second in named}

    assert {("up",), ("seed",), ("create-admin",)} <= said
    assert said - known == set()


def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    rows = set(re.findall(r"^\| `(BMC_\w+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))

    settings = {f"BMC_{name.upper()}" for name in Settings.model_fields}
    settings |= {f"BMC_SECURITY_{name.upper()}" for name in SecuritySettings.model_fields}
    settings |= {f"BMC_NOTIFICATIONS_{name.upper()}" for name in NotificationSettings.model_fields}

    assert rows == settings


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[\[<>=; ]", dependency)[0] for dependency in project["dependencies"]}
    record = (ROOT / "docs" / "decisions" / "0012-each-library-has-its-reason.md").read_text()
    rows = re.findall(r"^\| ([a-z0-9 ,-]+) \| [A-Z]", record, re.MULTILINE)

    assert {name.split(" with ")[0] for row in rows for name in row.split(", ")} == needed


def test_decisions_are_numbered_without_gap_and_titled_by_what_was_decided() -> None:
    records = sorted((ROOT / "docs" / "decisions").iterdir())

    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [path.name for path in records if not DECISION.fullmatch(path.name)] == []


def test_every_decision_says_why_what_and_what_holds_it() -> None:
    parts = ("# ", "**Context.**", "**Decision.**", "**Consequences.**", "**Enforced by.**")

    wanting = [
        path.name
        for path in sorted((ROOT / "docs" / "decisions").iterdir())
        if [part for part in parts if part not in path.read_text()]
    ]

    assert wanting == []
