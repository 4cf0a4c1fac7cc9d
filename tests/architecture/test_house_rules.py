"""Rules of the house that no linter knows: names, floats as money, prints, the layers inside a subgraph."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bmc", "router", "shared", "subgraphs")
FORBIDDEN_NAMES = re.compile(r"^(utils?|helpers?|common|manager|base|misc)$")
MONEY_WORDS = re.compile(r"(amount|fee|price|refund)", re.IGNORECASE)
LAYERS = {
    "app",
    "schema",
    "queries",
    "mutations",
    "subscriptions",
    "consumers",
    "types",
    "inputs",
    "foreign",
    "loaders",
    "access",
    "service",
    "repository",
    "documents",
    "tables",
    "events",
    "errors",
    "settings",
}
# Folders of a subgraph that hold no layer of Python: alembic's scripts and the mails' texts.
DATA_FOLDERS = {"migrations", "templates"}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def test_nothing_is_called_utils_helpers_common_manager_or_base() -> None:
    vague = [str(path.relative_to(ROOT)) for path in modules() if FORBIDDEN_NAMES.match(path.stem)]

    assert vague == []


def test_a_subgraph_has_no_files_but_its_roles() -> None:
    strays = [
        str(path.relative_to(ROOT))
        for folder in (ROOT / "subgraphs").iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
        for path in folder.iterdir()
        if (path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__"))
        and path.stem not in LAYERS | DATA_FOLDERS | {"__init__"}
    ]

    assert strays == []


def test_a_subgraphs_init_holds_only_its_docstring() -> None:
    coded = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "subgraphs").glob("*/__init__.py")
        if len(ast.parse(path.read_text()).body) != 1
    ]

    assert coded == []


def test_money_is_never_a_float() -> None:
    floats = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            if MONEY_WORDS.search(node.target.id) and "float" in ast.unparse(node.annotation):
                floats.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.target.id}")

    assert floats == []


def test_nothing_prints_but_the_command_line() -> None:
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert printing == []


def test_no_test_patches_what_it_tests() -> None:
    patching = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and re.search(r"mock\.patch|monkeypatch\.setattr|MagicMock", path.read_text())
    ]

    assert patching == []
