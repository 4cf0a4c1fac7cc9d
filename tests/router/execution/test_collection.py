"""The generated collection of an entity fetch, and the careful one, find the same representations and objects."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.execution.entity_fetch import EntityGroup
from router.execution.generated import Collected, write_collection
from router.execution.representations import compile_representation
from router.execution.walking import TypeNames
from router.plan.nodes import LIST, EntityAlias, Path, RequiredField, RequiredFragment, Requirement, TypeGuard

TYPES = TypeNames({"Node": frozenset({"User", "Pet"})})
USERS: Path = ("users", LIST)
PATHS: list[tuple[Path, ...]] = [
    (("user",),),
    (USERS,),
    ((*USERS, "friends", LIST, TypeGuard(("Node",)), "best"), USERS),
    (("grid", LIST, LIST, TypeGuard(("Pet",))), ("user", "best")),
]
TYPENAME, ID, NAME = RequiredField("__typename"), RequiredField("id"), RequiredField("name", "title")
REQUIREMENTS: list[tuple[Requirement, ...]] = [
    (RequiredFragment("User", (TYPENAME, ID)),),
    (RequiredFragment("Node", (TYPENAME, ID, NAME)),),
    (TYPENAME, ID, NAME),
    (RequiredFragment("User", (TYPENAME,)),),
    (RequiredFragment("User", (TYPENAME, ID)), RequiredFragment("Pet", (TYPENAME, NAME))),
    (RequiredFragment("User", (TYPENAME, ID, RequiredField("best", None, (TYPENAME, ID)))),),
]
KEYS: st.SearchStrategy[Any] = st.sampled_from([None, "1", 1, 1.0, True, "2", [1], {"a": 1}])
RUBBISH: st.SearchStrategy[Any] = st.sampled_from([None, 5, "x", [], {}])


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner | RUBBISH, max_size=4)
    fields = {
        "__typename": st.sampled_from([None, "User", "Pet", "Other"]), "id": KEYS, "title": KEYS, "user": inner,
        "best": inner | RUBBISH, "friends": some, "users": some, "grid": st.lists(some, max_size=2),
    }  # fmt: skip
    return st.fixed_dictionaries({}, optional=fields)


DATA = st.recursive(RUBBISH, _objects, max_leaves=30)


def _group(paths: tuple[Path, ...], requires: tuple[Requirement, ...]) -> EntityGroup:
    return EntityGroup(EntityAlias("_e", "r", paths, requires), shareable=True, types=TYPES)


def _shown(collected: Collected) -> tuple[Any, list[list[int]]]:
    """Show representations, and which objects wait; two may be the same one."""
    representations, targets = collected
    return representations, [[id(target) for target in waiting] for waiting in targets]


@given(data=DATA, paths=st.sampled_from(PATHS), requires=st.sampled_from(REQUIREMENTS))
@settings(max_examples=1500)
def test_generated_and_careful_collection_are_the_same(
    data: Any, paths: tuple[Path, ...], requires: tuple[Requirement, ...]
) -> None:
    group = _group(paths, requires)
    written = write_collection(paths, requires, (), compile_representation(requires, (), TYPES), TYPES)
    assert written is not None

    assert _shown(written[0](data)) == _shown(group.collect_carefully(data))


def test_values_that_python_takes_for_equal_are_kept_apart_as_their_json_is() -> None:
    group = _group(PATHS[1], REQUIREMENTS[2])
    users = [{"__typename": "User", "id": key, "title": "x"} for key in (1, 1.0, True, "1", 1, True)]

    first, second = group.collect({"users": users}), group.collect({"users": users})

    assert first == second
    assert [row["id"] for row in orjson.loads(second[0])] == [1, 1.0, True, "1"]
    assert [len(waiting) for waiting in second[1]] == [2, 1, 2, 1]


def test_code_is_written_for_the_second_use_and_can_be_shown() -> None:
    group = _group(PATHS[1], REQUIREMENTS[0])
    data = {"users": [{"__typename": "User", "id": "1"}]}

    group.collect(data)
    before = group.source
    group.collect(data)

    assert before is None
    assert "v = v.get('users')" in str(group.source)


@pytest.mark.parametrize(("lists", "generated"), [(16, True), (17, False)])
def test_a_path_through_more_lists_than_python_nests_loops_is_walked_carefully(lists: int, generated: bool) -> None:
    group = _group((("deep", *[LIST] * lists),), REQUIREMENTS[0])
    data: Any = {"__typename": "User", "id": "1"}
    for _ in range(lists):
        data = [data]

    answers = [group.collect({"deep": data}) for _ in range(3)]

    assert answers == [(b'[{"__typename":"User","id":"1"}]', [[{"__typename": "User", "id": "1"}]])] * 3
    assert (group.source is not None) is generated
