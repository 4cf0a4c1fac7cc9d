from __future__ import annotations

from graphql import OperationDefinitionNode, SelectionSetNode, build_schema, parse

from router.operation import Position, SelectionTree, parse_operation

SCHEMA = build_schema(
    """
    type Query { pet: Pet me: Person }
    interface Pet { id: ID! name: String }
    type Cat implements Pet { id: ID! name: String lives: Int }
    type Dog implements Pet { id: ID! name: String tricks(loud: Boolean): Int }
    type Person { id: ID! name(short: Boolean): String pet: Pet }
    """
)


def grow(text: str) -> SelectionTree:
    return SelectionTree(SCHEMA, parse_operation(SCHEMA, text, None))


def fields_at(text: str) -> SelectionSetNode:
    definition = parse(text).definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    return definition.selection_set


def below(position: Position, key: str) -> Position:
    child = next(selection.child for selection in position.fields if selection.key == key)
    assert child is not None
    return child


def test_fragments_become_branches_by_concrete_type() -> None:
    tree = grow("{ pet { id ... on Cat { lives ...F } ... on Pet { name } } } fragment F on Pet { n: name }")

    pet = below(tree.root, "pet")
    assert [selection.key for selection in pet.fields] == ["id", "name"]
    assert {name: [selection.key for selection in branch.fields] for name, branch in pet.branches.items()} == {
        "Cat": ["lives", "n"]
    }


def test_conditions_of_fragments_come_down_to_fields() -> None:
    text = "{ me { ... @skip(if: $b) { id @include(if: $a) } name @skip(if: true) } }"
    tree = grow(f"query($a: Boolean!, $b: Boolean!) {text}")

    assert [(s.key, s.conditions) for s in below(tree.root, "me").fields] == [("id", (("a", True), ("b", False)))]


def test_what_is_asked_anyway_is_not_asked_again_under_a_condition() -> None:
    tree = grow("query($a: Boolean!) { me { id } me @include(if: $a) { id name } }")

    assert len(tree.root.fields) == 1
    assert [(s.key, s.conditions) for s in below(tree.root, "me").fields] == [("id", ()), ("name", (("a", True),))]


def test_a_planted_field_takes_the_key_of_the_same_field_or_an_alias() -> None:
    tree = grow("{ me { key: id name(short: true) } }")
    me = below(tree.root, "me")

    planted = tree.plant(me, fields_at("{ id name }"))

    assert [(leaf.name, leaf.key, leaf.hidden) for leaf in planted] == [
        ("id", "key", False),
        ("name", planted[1].key, True),
    ]
    assert planted[1].key.startswith("_name_")


def test_a_key_that_means_two_things_for_two_types_is_ambiguous() -> None:
    tree = grow("{ pet { ... on Cat { x: lives } ... on Dog { x: tricks } id } }")
    pet = below(tree.root, "pet")

    assert tree.is_ambiguous(pet.branches["Cat"].fields[0])
    assert not tree.is_ambiguous(pet.fields[0])
