"""Documents read the quick way: their nodes must be the library's, and what the library refuses is never read."""

from __future__ import annotations

import pytest
from graphql import DocumentNode, GraphQLError, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import OperationError
from router.operation import locate_operation, parse_operation
from router.operation.plain_text import read_plain

from .random_documents import SCHEMA, documents

PLAIN = [
    "{ name }",
    "query A { a: name, b: name }",
    'query A($b: Boolean!, $l: [[Int!]!] = [[1, -2], []] @mark(t: "x")) @mark { a @include(if: $b) @skip(if: true) }',
    '{ a(i: 0, f: -1.5e+3, g: 1E2, s: "", t: "a é 😀 #, {", e: RED, b: true, c: false, n: null, v: $v, o: {}) }',
    "{ a(o: { x: [$v, { y: 1 }], true: false }) { query mutation fragment on null } }",
    "{ ...F @skip(if: $b) ... on Cat { lives } ... { a } ... @include(if: true) { b } } fragment F on Dog @mark { on }",
    "mutation($a:ID){x(a:$a)}subscription S{y}{__typename}",
    "\r\n\t{,,a\n:b,}\n",
    # What is nested is counted off again, so that no more than its depth matters.
    "{ " + "a { b } " * 101 + "}",
    "{ a(b: [" + "[] {c: []} " * 101 + "]) }",
    "query (" + "$a: [Int] " * 101 + ") { a }",
]
NOT_READ = [
    "",
    " ",
    "{",
    "}",
    "{}",
    "{ a",
    "{ a } }",
    "{ a { } }",
    "{ a() }",
    "{ a: }",
    "{ a(b) }",
    "{ a(b:) }",
    "{ a(b: [1) }",
    "{ a(b: {c}) }",
    "{ a(b: 01) }",
    "{ a(b: 1.) }",
    "{ a(b: 1x) }",
    "{ a(b: 1c: 2) }",
    "{ a(b: 1_c: 2) }",
    "{ a(b: [1e]) }",
    "{ a(b: [1e+]) }",
    "{ a(b: +1) }",
    "{ a(b: $$) }",
    "{ a(b: -) }",
    "{ a(b: 1.2.3) }",
    "{ a(b: $) }",
    "{ a(b: .5) }",
    "{ a @ }",
    "{ .. a }",
    "{ ... }",
    "{ ...on }",
    "{ a } b",
    "{ a } fragment on on A { a }",
    "{ a } fragment F A { a }",
    "{ a } fragment F on A",
    "query { a } query",
    "query ($a) { a }",
    "query ($a: [Int) { a }",
    "query ($a: Int = $b) { a }",
    "query ($a: Int @skip(if: $b)) { a }",
    "query () { a }",
    "query A B { a }",
    "{ a(s: 'a') }",
    "{ a ; b }",
    "{ a \u00a0 b }",
    '{ a(s: "a) }',
    '{ a(s: "\ud800") }',
    '{ a(s: "\x01") }',
    '{ a(s: "\n") }',
    '{ a(s: ["""a"""]) }',
    "{ a } ;",
    "{ a } \u00e9 { b",
    "{ ä }",
    "type A { a: Int }",
    # These are no mistakes, but rare, or need locations.
    "{ a # b\n}",
    '{ a(s: "\\n") }',
    '{ a(s: """a""") }',
    '"Described." query { a }',
    "{ __schema { a } }",
    "{ __type(name: 1) { a } }",
    "\ufeff{ a }",
    "{ a " * 101 + "}" * 101,
    "{ a(b: " + "[" * 101 + "]" * 101 + ") }",
]


def by_the_library(text: str) -> DocumentNode | None:
    try:
        return parse(text, no_location=True)
    except GraphQLError:
        return None


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_document_is_read_as_by_the_library(text: str) -> None:
    read = read_plain(text)

    assert read is not None
    assert read.to_dict(locations=True) == parse(text, no_location=True).to_dict(locations=True)


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_wrong_or_rare_is_left_to_the_library(text: str) -> None:
    assert read_plain(text) is None


@settings(max_examples=300)
@given(documents())
def test_valid_documents_are_read_as_by_the_library(text: str) -> None:
    assert "__schema" in text or read_plain(text) == by_the_library(text)


PIECES = [
    *'{}{}{}()[]:$!=@,.-"\\ \n#&|_aZ10e',
    "...",
    "on",
    "query",
    "fragment",
    "true",
    "null",
    "__type",
    '"a"',
    "1.5",
]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_nothing_is_read_that_the_library_would_refuse_or_read_in_another_way(text: str) -> None:
    read = read_plain(text)

    assert read is None or read == by_the_library(text)


@settings(max_examples=500)
@given(documents(), st.data())
def test_a_document_with_a_slip_is_read_as_by_the_library_or_not_at_all(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 2)))
    slipped = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]

    read = read_plain(slipped)

    assert read is None or read == by_the_library(slipped)


def test_too_many_tokens_are_left_to_the_library() -> None:
    assert read_plain("{ a b }", 4) is not None
    assert read_plain("{ a b }", 3) is None


def test_errors_say_where_though_the_document_was_read_without_locations() -> None:
    with pytest.raises(OperationError) as refusal:
        parse_operation(SCHEMA, "{\n  nothing\n}", None)

    assert [(place.line, place.column) for place in refusal.value.errors[0].locations or ()] == [(2, 3)]


def test_an_operation_can_be_located_in_its_text() -> None:
    text = "query A { name } query B { ...F } fragment F on Query { title }"
    operation = parse_operation(SCHEMA, text, "B")

    located = locate_operation(operation)

    assert (located.name, located.definition.operation) == ("B", operation.kind)
    places = [node.loc for node in (located.definition, located.fragments["F"])]
    assert [place and (place.start, place.end) for place in places] == [(17, 33), (34, 63)]
