from __future__ import annotations

import pytest

from router.composition import compose
from tests.router.composition.composing import composed, federation_2, issues_of, refused, sources


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("a: Int @listSize(assumedSize: 1)", "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ("a: [Int] @listSize(assumedSize: -1)", "LIST_SIZE_INVALID_ASSUMED_SIZE"),
        ('a(first: ID): [Int] @listSize(slicingArguments: ["first"])', "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
        ('a: [Int] @listSize(slicingArguments: ["first"])', "LIST_SIZE_INVALID_SLICING_ARGUMENT"),
        ('a: P @listSize(assumedSize: 1, sizedFields: ["no"])', "LIST_SIZE_INVALID_SIZED_FIELD"),
        ('a: P @listSize(assumedSize: 1, sizedFields: ["n"])', "LIST_SIZE_APPLIED_TO_NON_LIST"),
        ('a: Int @listSize(assumedSize: 1, sizedFields: ["n"])', "LIST_SIZE_INVALID_SIZED_FIELD"),
    ],
)
def test_list_size_that_makes_no_sense_is_refused(field: str, code: str) -> None:
    assert refused(a=f"type P {{ items: [Int] n: Int }}\ntype Query {{\n  {field}\n}}") == [(code, "a", 4)]


def test_cost_of_an_interface_field_is_refused() -> None:
    sdl = "type Query { i: I }\ninterface I { a: Int @cost(weight: 1) }\ntype T implements I { a: Int }"

    assert refused(a=sdl) == [("COST_APPLIED_TO_INTERFACE_FIELD", "a", 3)]


def test_access_rule_on_an_interface_field_is_refused() -> None:
    sdl = "type Query { i: I }\ninterface I { a: Int @authenticated }\ntype T implements I { a: Int }"

    assert refused(a=sdl) == [("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", "a", 3)]


def test_field_that_requires_more_access_than_it_asks_for_is_refused() -> None:
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! a: Int @requiresScopes(scopes: [["s"]]) }'
    second = 'type T @key(fields: "id") {\n  id: ID!\n  a: Int @external\n  b: Int @requires(fields: "a")\n}'

    assert refused(a=first, b=second) == [("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", "b", 5)]


def test_alias_in_a_field_set_is_refused() -> None:
    second = 'type T @key(fields: "id") { id: ID! x: Int @external\n y: Int @requires(fields: "z: x") }'
    first = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! x: Int }'

    assert refused(a='type Query { t: T }\ntype T @key(fields: "a: id") { id: ID! }') == [
        ("KEY_INVALID_FIELDS", "a", 3)
    ]
    assert refused(a=first, b=second) == [("REQUIRES_INVALID_FIELDS", "b", 3)]


@pytest.mark.parametrize(
    "definition",
    ["enum link__Purpose { EXECUTION RANDOM }", "enum link__Import { A }", "type federation__FieldSet { a: Int }"],
)
def test_type_of_a_specification_that_is_defined_otherwise_is_refused(definition: str) -> None:
    assert refused(a=f"type Query {{ a: Int }}\n{definition}") == [("TYPE_DEFINITION_INVALID", "a", 3)]


@pytest.mark.parametrize("definition", ["enum link__Purpose { SECURITY }", "scalar federation__FieldSet"])
def test_type_of_a_specification_may_be_defined_as_it_is(definition: str) -> None:
    composed(a=f"type Query {{ a: Int }}\n{definition}")


def test_key_may_be_defined_with_a_resolvable_that_must_be_given() -> None:
    definition = "directive @key(fields: String!, resolvable: Boolean!) repeatable on OBJECT | INTERFACE"

    composed(a=f'type Query {{ t: T }}\ntype T @key(fields: "id", resolvable: true) {{ id: ID! }}\n{definition}')


def test_required_argument_may_not_be_defined_as_an_optional_one() -> None:
    definition = "directive @override(from: String, label: String) on FIELD_DEFINITION"

    assert refused(a=f"type Query {{ a: Int }}\n{definition}") == [("DIRECTIVE_DEFINITION_INVALID", "a", 3)]


def test_directives_of_federation_1_may_be_defined_without_their_arguments() -> None:
    compose(sources({"a": "type Query { a: Int }\ndirective @key on OBJECT | INTERFACE"}))


def test_directive_of_the_join_specification_is_not_composed() -> None:
    link = '@link(url: "https://specs.apollo.dev/join/v0.3", import: ["@join__type"], for: EXECUTION)'
    sdl = f'extend schema {link} @composeDirective(name: "@join__type")\ntype Query {{ a: Int }}'

    assert refused(a=f"{sdl}directive @join__type on OBJECT") == [("DIRECTIVE_COMPOSITION_ERROR", "a", 2)]


def _using(version: str, definition: str, *, asks: bool) -> str:
    link = f'@link(url: "https://x.org/foo/{version}", import: ["@bar"])'
    wish = '@composeDirective(name: "@bar")' if asks else ""
    return f"extend schema {link} {wish}\n{definition}\n"


def test_newest_version_of_a_composed_directive_is_taken_from_whoever_defines_it() -> None:
    asking = _using("v1.0", "directive @bar on FIELD_DEFINITION\ntype Query { a: Int @bar }", asks=True)
    newer = _using("v1.1", "directive @bar on FIELD_DEFINITION | OBJECT\ntype Query { b: Int }", asks=False)

    assert "directive @bar on FIELD_DEFINITION | OBJECT" in composed(a=asking, b=newer)


def test_composed_directive_that_its_newest_version_does_not_define_is_refused() -> None:
    asking = _using("v1.0", "directive @bar on FIELD_DEFINITION\ntype Query { a: Int @bar }", asks=True)
    newer = _using("v1.1", "type Query { b: Int }", asks=False)

    assert refused(a=asking, b=newer) == [("DIRECTIVE_COMPOSITION_ERROR", "b", None)]


def test_type_of_an_executable_directive_must_be_seen_by_clients() -> None:
    sdl = "type Query { a: Int }\ndirective @d(x: In) on FIELD\ninput In @inaccessible { x: Int }"

    assert refused(a=sdl) == [("REFERENCED_INACCESSIBLE", "a", 4)]


def test_argument_of_an_executable_directive_may_be_hidden() -> None:
    sdl = "type Query { a: Int }\ndirective @d(x: Int @inaccessible) on FIELD"

    assert "https://specs.apollo.dev/inaccessible/" in composed(a=sdl)
    assert refused(a=sdl.replace("x: Int", "x: Int!")) == [("REQUIRED_INACCESSIBLE", None, None)]


def _composing(directive: str, link: str = '@link(url: "https://x.org/foo/v1.0", import: ["@foo"])') -> str:
    return f'extend schema {link} @composeDirective(name: "{directive}")\ndirective @foo on FIELD_DEFINITION\n'


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        (_composing("foo"), 'Argument to @composeDirective "foo" in subgraph "a" must have a leading "@"'),
        (_composing(""), 'Argument to @composeDirective in subgraph "a" cannot be NULL or an empty String'),
        (
            _composing("@foo", ""),
            'Directive "@foo" in subgraph "a" cannot be composed because it is not a member of a core feature',
        ),
        (
            _composing("@bar"),
            'Could not find matching directive definition for argument to @composeDirective "@bar" in subgraph "a".',
        ),
        (_composing("@key"), 'Composing federation directive "@key" in subgraph "a" is not supported'),
    ],
)
def test_directive_that_cannot_be_composed_is_refused(sdl: str, message: str) -> None:
    issues = issues_of({"a": federation_2(f"{sdl}type Query {{ a: Int }}")})

    assert [(issue.code, issue.message) for issue in issues] == [("DIRECTIVE_COMPOSITION_ERROR", message)]


def test_composed_directive_of_two_major_versions_is_refused() -> None:
    newer = _composing("@foo").replace("v1.0", "v2.0")

    assert refused(a=f"{_composing('@foo')}type Query {{ a: Int }}", b=f"{newer}type Query {{ b: Int }}") == [
        ("DIRECTIVE_COMPOSITION_ERROR", "b", 2)
    ]
