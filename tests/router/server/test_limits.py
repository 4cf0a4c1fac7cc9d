"""Limits on documents: what is counted, and that exactly as much as is set may be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from router.config import LimitsConfig
from router.errors import OperationError
from router.server.limits import document_check

SIZES: dict[str, dict[str, int]] = {
    "{ a }": {"depth": 1, "height": 1, "root_fields": 1},
    "{ a b { c { d } e } }": {"depth": 3, "height": 5, "root_fields": 2},
    "{ x: a y: b { z: c } }": {"aliases": 3, "height": 3},
    "{ ... { a ... on Query { x: b { c } } } }": {"depth": 2, "height": 3, "root_fields": 2, "aliases": 1},
    "{ ...A ...A b { ...B } } fragment A on Q { x: a { ...B } } fragment B on Q { c y: d }": {
        "depth": 2,
        "height": 9,
        "root_fields": 3,
        "aliases": 5,
    },
    "query ($v: Int @d @d) @d { a @d ... @d { b @d } ...A @d } fragment A on Q @d { c @d }": {"directives": 9},
    "query A { a } query B { b { c } x: d }": {"depth": 2, "height": 3, "root_fields": 2, "aliases": 1},
}
CASES = [(text, name, size) for text, sizes in SIZES.items() for name, size in sizes.items()]


def check(text: str, **limits: Any) -> None:
    document_check(LimitsConfig(**limits), introspection=True)(parse(text))


@pytest.mark.parametrize(("text", "name", "size"), CASES)
def test_as_much_as_is_set_may_be_asked_for_and_no_more(text: str, name: str, size: int) -> None:
    check(text, **{name: size})

    if size == 1 and name not in {"aliases", "directives"}:
        return  # No limit is 0.
    with pytest.raises(OperationError, match=f" of {size} is over the limit of {size - 1}") as refusal:
        check(text, **{name: size - 1})

    assert refusal.value.errors[0].extensions == {"limit": name, "maximum": size - 1}


@pytest.mark.parametrize("times", [3, 4])
def test_pairs_are_counted_in_each_place(times: int) -> None:
    text = "{ a { " + "b " * times + "} }"

    if times == 3:
        check(text, field_pairs=3)
    else:
        with pytest.raises(OperationError, match="too many fields of one name"):
            check(text, field_pairs=5)
