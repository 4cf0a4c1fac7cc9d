"""Documents that are seen to be valid without the library's rules: it must agree, always."""

from __future__ import annotations

import pytest
from graphql import parse, specified_rules, validate
from hypothesis import given, settings

from router.operation.plain_validity import is_plainly_valid

from .random_documents import SCHEMA, documents

PLAIN = [
    "{ name }",
    "query A($b: Boolean!) { name @include(if: $b) strict @skip(if: true) }",
    "query ($id: ID!) { node(id: $id) { __typename ...F ... on Cat { lives name } } } fragment F on Node { id }",
    "{ pet { __typename ... on Dog { bark(loud: true) size } ... on Cat { owner { size } } } }",
    "query ($f: Filter!, $n: Int = 1) { count(of: $f) things(first: $n, filter: { must: true, sizes: [1] }) { id } }",
    "{ a: name a: name things { id } things { id name } }",
    "{ ...A ...A } fragment A on Query { ...B } fragment B on Query { things { pets { ... on Node { id } } } }",
    "mutation ($l: String!) { name(to: $l) }",
    "query ($l: [String!] = []) { things(tags: $l, colour: RED) { size(unit: GREEN) } count(of: { must: true }) }",
    "{ things { name } ... { strict } ... on Query @include(if: false) { name } }",
]
INVALID = [
    "{ nothing }",
    "{ name { x } }",
    "{ things }",
    "{ pet { name } }",
    "{ name(x: 1) }",
    "{ node { id } }",
    "{ node(id: 1, id: 1) { id } }",
    "{ node(id: null) { id } }",
    "{ node(id: true) { id } }",
    "{ things(first: 1.5) { id } }",
    "{ things(first: null) { id } }",
    "{ things(colour: BLUE) { id } }",
    '{ things(colour: "RED") { id } }',
    "{ things(tags: [null]) { id } }",
    "{ things(filter: {}) { id } }",
    "{ things(filter: { must: true, x: 1 }) { id } }",
    "{ things(filter: { must: true, must: true }) { id } }",
    "{ things(filter: { must: true, inner: { must: 1 } }) { id } }",
    "{ things(filter: 1) { id } }",
    "{ either(by: { a: 1, b: null }) }",
    "{ node(id: $id) { id } }",
    "query ($id: ID) { node(id: $id) { id } }",
    "query ($id: Int!) { node(id: $id) { id } }",
    "query ($id: Int!) { count(of: { must: true }, any: { a: $x, b: $id }) }",
    "query ($n: Int) { name }",
    "query ($n: Int = 1, $n: Int = 1) { things(first: $n) { id } }",
    "query ($n: Thing) { things(first: $n) { id } }",
    "query ($n: Nothing) { things(first: $n) { id } }",
    'query ($n: Int = "x") { things(first: $n) { id } }',
    "query ($n: Int! = null) { things(first: $n) { id } }",
    "query ($n: Int = null) { things(first: 1, filter: { must: true, sizes: [$n] }) { id } }",
    "query ($t: [String]) { things(tags: $t) { id } }",
    "query ($b: Boolean! @skip(if: true)) { name @skip(if: $b) }",
    "{ ...A }",
    "{ name } fragment A on Query { name }",
    "{ ...A } fragment A on Query { ...A }",
    "{ ...A } fragment A on Query { things { self { ...B } } } fragment B on Thing { self { ...B } }",
    "{ ...A } fragment A on Thing { id }",
    "{ ...A } fragment A on Filter { must }",
    "{ ...A } fragment A on Nothing { id }",
    "{ ...A } fragment A on Query { name } fragment A on Query { name }",
    "{ ...A } fragment A on Query @skip(if: true) { name }",
    "{ ... on Thing { id } }",
    "{ ... on Nothing { id } }",
    "{ things { ... on Dog { name } } }",
    "{ name @skip }",
    "{ name @skip(if: 1) }",
    "{ name @skip(if: true, if: true) }",
    "{ name @skip(if: true) @skip(if: true) }",
    "{ name @nothing }",
    "{ ... @mark { name } }",
    "{ name @mark(x: 1) }",
    "query @skip(if: true) { name }",
    "{ a: name a: strict }",
    "{ a: name a: title }",
    "{ count(of: { must: true }, any: RED) }",
    "{ things { a: id } things { a: name } }",
    "{ things(first: 1) { id } things(first: 2) { id } }",
    "{ node(id: 1) { ... on Thing { a: name } ... on Cat { a: name } } }",
    "{ pet { ... on Cat { x: owner { a: id } } ... on Dog { x: name } } }",
    "query A { name } query A { name }",
    "{ name } query B { name }",
    "subscription { a: name b: name }",
    "{ name } type T { a: Int }",
    "{ __typename { x } }",
    "{ __typename(x: 1) }",
    "{ __schema }",
]


@pytest.mark.parametrize("text", PLAIN)
def test_what_clients_ask_is_plain(text: str) -> None:
    document = parse(text)

    assert is_plainly_valid(SCHEMA, document)
    assert validate(SCHEMA, document) == []


@pytest.mark.parametrize("text", INVALID)
def test_what_breaks_a_rule_is_not_plain(text: str) -> None:
    document = parse(text)

    assert not is_plainly_valid(SCHEMA, document)
    assert validate(SCHEMA, document) != []


@given(documents())
@settings(max_examples=300)
def test_what_is_plainly_valid_is_valid(text: str) -> None:
    document = parse(text)

    if is_plainly_valid(SCHEMA, document):
        assert validate(SCHEMA, document) == []


def test_the_rules_are_those_that_the_walk_knows() -> None:
    assert [rule.__name__.removesuffix("Rule") for rule in specified_rules] == [
        "ExecutableDefinitions",
        "UniqueOperationNames",
        "LoneAnonymousOperation",
        "SingleFieldSubscriptions",
        "KnownTypeNames",
        "FragmentsOnCompositeTypes",
        "VariablesAreInputTypes",
        "ScalarLeafs",
        "FieldsOnCorrectType",
        "UniqueFragmentNames",
        "KnownFragmentNames",
        "NoUnusedFragments",
        "PossibleFragmentSpreads",
        "NoFragmentCycles",
        "UniqueVariableNames",
        "NoUndefinedVariables",
        "NoUnusedVariables",
        "KnownDirectives",
        "UniqueDirectivesPerLocation",
        "KnownArgumentNames",
        "UniqueArgumentNames",
        "ValuesOfCorrectType",
        "ProvidedRequiredArguments",
        "VariablesInAllowedPosition",
        "OverlappingFieldsCanBeMerged",
        "UniqueInputFieldNames",
        "MaxIntrospectionDepth",
    ]


def test_what_would_be_very_large_once_spread_out_is_not_walked_to_its_end() -> None:
    doubled = " ".join(
        f"fragment F{n} on Query {{ a{n}: pet {{ __typename }} ... {{ ...F{n + 1} }} ... {{ ...F{n + 1} }} }}"
        for n in range(30)
    )
    document = parse(f"{{ ...F0 }} {doubled} fragment F30 on Query {{ name }}")

    assert not is_plainly_valid(SCHEMA, document)


def test_what_is_nested_more_deeply_than_the_library_goes_is_not_plain() -> None:
    fragments = " ".join(f"fragment F{n} on Thing {{ self {{ self {{ ...F{n + 1} }} }} }}" for n in range(150))
    document = parse(f"{{ things {{ ...F0 }} }} {fragments} fragment F150 on Thing {{ id }}")

    assert not is_plainly_valid(SCHEMA, document)
    assert validate(SCHEMA, document) != []
