"""Docs and code tell one story: each code that leaves the platform has its page in docs/errors, and no page is left.

The codes are the values of the public enums that end in ErrorCode, the codes of every request error that a subgraph
may raise, and the codes that the router gives its own answers (the constants of router/errors.py). Refusals that only
an operator sees, at the start or when composing, are told in words and have no page.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from graphql import EnumTypeDefinitionNode, parse

from router import errors as router_errors
from shared.errors import RequestError

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "errors"
SECTIONS = ("**Where:**", "## When", "## What a client should do")


@cache
def enums() -> dict[str, set[str]]:
    document = parse((ROOT / "supergraph.graphql").read_text())
    return {
        node.name.value: {value.name.value for value in node.values or ()}
        for node in document.definitions
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value.endswith("ErrorCode")
    }


def request_errors(kind: type[RequestError] = RequestError) -> set[str]:
    own = {kind.code} if "code" in vars(kind) else set()
    return own.union(*(request_errors(child) for child in kind.__subclasses__()))


def codes() -> set[str]:
    for path in (ROOT / "subgraphs").glob("*/errors.py"):
        import_module(f"subgraphs.{path.parent.name}.errors")
    routers = {value for name, value in vars(router_errors).items() if name == value}
    return routers | request_errors() | set().union(*enums().values())


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    assert {path.stem for path in PAGES.iterdir()} == codes()


def test_the_codes_are_found() -> None:
    found = codes()

    assert {"SLOT_UNAVAILABLE", "LAST_ADMIN", "QUERY_TOO_COMPLEX", "RATE_LIMITED"} <= found


def test_every_page_bears_its_code_and_answers_the_three_questions() -> None:
    wanting = [
        path.name
        for path in sorted(PAGES.iterdir())
        if not path.read_text().startswith(f"# {path.stem}\n") or any(part not in path.read_text() for part in SECTIONS)
    ]

    assert wanting == []


def test_every_page_names_the_enums_that_have_its_code() -> None:
    named = {
        path.stem: set(re.findall(r"\w+ErrorCode", path.read_text().split("## When")[0])) for path in PAGES.iterdir()
    }
    having = {code: {name for name, values in enums().items() if code in values} for code in codes()}

    assert named == having
