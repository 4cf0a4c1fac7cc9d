from __future__ import annotations

import pytest
from graphql import DocumentNode, OperationType, build_schema

from router.errors import OperationError
from router.operation import parse_operation

NOT_PICKED = "OPERATION_RESOLUTION_FAILURE"
SCHEMA = build_schema("type Query { a: Int b: Int } type Mutation { c: Int }")


def test_the_only_operation_needs_no_name() -> None:
    operation = parse_operation(SCHEMA, "query Named { a }", None)

    assert (operation.kind, operation.name, operation.root_type.name) == (OperationType.QUERY, "Named", "Query")


def test_a_subscription_whose_field_may_be_left_out_is_refused() -> None:
    schema = build_schema("type Query { a: Int } type Subscription { b: Int }")

    with pytest.raises(OperationError, match="'if' of required type 'Boolean!'") as refusal:
        parse_operation(schema, "subscription ($c: Boolean!) { b @include(if: $c) }", None)

    assert refusal.value.code == "GRAPHQL_VALIDATION_FAILED"


def test_one_of_several_is_picked_by_name() -> None:
    operation = parse_operation(SCHEMA, "query A { ...F } mutation C { c } fragment F on Query { b }", "C")

    assert (operation.kind, operation.root_type.name) == (OperationType.MUTATION, "Mutation")
    assert list(operation.fragments) == ["F"]


@pytest.mark.parametrize(
    ("text", "name", "code", "message"),
    [
        ("{ a", None, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        (
            "{ z }",
            None,
            "GRAPHQL_VALIDATION_FAILED",
            "Cannot query field 'z' on type 'Query'. Did you mean 'a' or 'b'?",
        ),
        (
            "query A { a } query B { b }",
            None,
            NOT_PICKED,
            "Several operations, and no operationName.",
        ),
        ("query A { a }", "Z", NOT_PICKED, "Unknown operation named 'Z'."),
        ("fragment F on Query { a }", None, NOT_PICKED, "The document holds no operation."),
        ("subscription { s }", None, "GRAPHQL_VALIDATION_FAILED", "The schema has no subscription type."),
    ],
)
def test_a_faulty_operation_is_refused(text: str, name: str | None, code: str, message: str) -> None:
    with pytest.raises(OperationError) as refusal:
        parse_operation(SCHEMA, text, name)

    assert (refusal.value.code, refusal.value.message) == (code, message)


def test_a_document_of_too_many_tokens_is_not_parsed_to_its_end() -> None:
    assert parse_operation(SCHEMA, "{ a b }", None, max_tokens=4).text == "{ a b }"

    with pytest.raises(OperationError, match="contains more than 4 tokens") as refusal:
        parse_operation(SCHEMA, "{ a b a }", None, max_tokens=4)

    assert refusal.value.code == "GRAPHQL_PARSE_FAILED"


def test_a_check_refuses_a_document_before_it_is_validated() -> None:
    checked: list[DocumentNode] = []

    def refuse(document: DocumentNode) -> None:
        checked.append(document)
        raise OperationError("QUERY_TOO_COMPLEX", "Too large.")

    with pytest.raises(OperationError, match="Too large") as refusal:
        parse_operation(SCHEMA, "{ nothing }", None, check=refuse)

    assert refusal.value.code == "QUERY_TOO_COMPLEX"
    assert [len(document.definitions) for document in checked] == [1]


def test_suggestions_are_left_out_when_they_are_hidden() -> None:
    with pytest.raises(OperationError) as refusal:
        parse_operation(SCHEMA, "{ z }", None, hide_suggestions=True)

    assert refusal.value.message == "Cannot query field 'z' on type 'Query'."
