"""Which media type a client gets, by its Accept header."""

from __future__ import annotations

import pytest

from router.server.negotiation import JSON, MediaType, accepted_types, lone_type

PLAIN, NEW = MediaType.JSON, MediaType.GRAPHQL_RESPONSE


@pytest.mark.parametrize(
    ("accept", "types"),
    [
        ("", (PLAIN,)),
        ("*/*", (PLAIN,)),
        ("application/*", (NEW,)),
        ("Application/JSON", (PLAIN,)),
        ("application/json, application/graphql-response+json", (PLAIN, NEW)),
        ("application/json;q=0.5, application/graphql-response+json", (NEW, PLAIN)),
        ("application/json; charset=utf-8 ; Q=0.1, */*;q=0.2, text/event-stream", (MediaType.EVENT_STREAM, PLAIN)),
        ("application/json;q=0", ()),
        ("application/json;q=0.0, text/html", (MediaType.HTML,)),
        ("application/json;q=often", ()),
        ("application/json;q=-1", ()),
        ("image/png", ()),
        ('multipart/mixed;subscriptionSpec="1.0", application/json', (MediaType.MULTIPART, PLAIN)),
    ],
)
def test_what_is_accepted_is_listed_best_first(accept: str, types: tuple[MediaType, ...]) -> None:
    assert accepted_types(accept) == types


def test_a_lone_answer_is_json_only_where_nothing_else_is_liked_better() -> None:
    assert lone_type("*/*") == JSON
    assert lone_type("application/graphql-response+json, text/event-stream") is not None
    assert lone_type("text/event-stream, application/json") is None
    assert lone_type("image/png") is None
