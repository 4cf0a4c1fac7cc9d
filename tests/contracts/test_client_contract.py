"""The composed public schema holds everything that clients rely on: docs/contract.graphql."""

from pathlib import Path

from graphql import GraphQLSchema, build_schema, parse
from graphql.utilities import extend_schema, find_breaking_changes

from router.supergraph import load_supergraph

ROOT = Path(__file__).parents[2]


def contract() -> GraphQLSchema:
    return build_schema((ROOT / "docs" / "contract.graphql").read_text())


def public() -> GraphQLSchema:
    return load_supergraph((ROOT / "supergraph.graphql").read_text()).public_schema


def test_everything_in_the_contract_is_in_the_composed_schema() -> None:
    missing = [change.description for change in find_breaking_changes(contract(), public())]

    assert missing == []


def test_the_comparison_sees_a_field_that_is_gone() -> None:
    richer = extend_schema(contract(), parse("extend type Query { gone: String }"))

    assert "Query.gone was removed." in [change.description for change in find_breaking_changes(richer, public())]


def test_what_is_for_services_only_is_not_public() -> None:
    schema = public()
    hidden = [("Mutation", "createAccount"), ("Mutation", "issueMailToken"), ("Doctor", "ratingSummary")]

    shown = [f"{type_}.{field}" for type_, field in hidden if field in schema.type_map[type_].fields]  # type: ignore[attr-defined]

    assert shown == []
