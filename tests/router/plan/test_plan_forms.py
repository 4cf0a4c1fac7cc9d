from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from router.plan.json import plan_from_json, plan_to_json
from router.plan.nodes import (
    LIST,
    UP,
    BatchFetch,
    Condition,
    ContextRewrite,
    EntityAlias,
    Fetch,
    Flatten,
    OperationKind,
    Parallel,
    QueryPlan,
    RenameKey,
    RequiredField,
    RequiredFragment,
    Sequence,
    SetTypename,
    Subscription,
    TypeGuard,
)
from router.plan.text import plan_to_text

ROOT = Path(__file__).parents[3]
AUDIT = Path(os.environ.get("FEDERATION_AUDIT", ROOT.parent / "shared" / "federation-audit"))

ROOT_FETCH = Fetch(
    "a", OperationKind.QUERY, "query($x: Int){pets(x: $x){_a1_id: id}}", ("x",),
    output_rewrites=(RenameKey(("pets", TypeGuard(("Cat",)), "_a1_id"), "id"),),
)  # fmt: skip
REQUIRES = (
    RequiredFragment(
        "Cat",
        (RequiredField("__typename"), RequiredField("id", "key"), RequiredField("in", None, (RequiredField("z"),))),
    ),
)
ENTITY_FETCH = Fetch(
    "b", OperationKind.QUERY,
    "query($representations: [_Any!]!){_entities(representations: $representations){...on Cat{age}}}",
    requires=REQUIRES, input_rewrites=(SetTypename((TypeGuard(("Cat",)),), "Pet"),),
)  # fmt: skip
BATCH = BatchFetch(
    "c", "query($r: [_Any!]!){_e0: _entities(representations: $r){...on Cat{age}}}",
    (EntityAlias("_e0", "r", (("pets", LIST), ("pet",)), REQUIRES),),
)  # fmt: skip
PLAN = QueryPlan(
    Sequence(
        (
            ROOT_FETCH,
            Parallel((Flatten(("pets", LIST, TypeGuard(("Cat", "Dog"))), ENTITY_FETCH), BATCH)),
            Condition("v", None, ROOT_FETCH),
            Condition("w", ROOT_FETCH, None),
        )
    )
)


CONTEXT_REWRITES = (
    ContextRewrite((UP, TypeGuard(("Shop",)), "owner", "currency"), "contextualArgument_1_0"),
    ContextRewrite((UP, TypeGuard(("Stand",)), UP, "currency"), "contextualArgument_1_0"),
)
CONTEXTUAL = replace(ENTITY_FETCH, context_rewrites=CONTEXT_REWRITES)
CONTEXTUAL_BATCH = replace(BATCH, entities=(replace(BATCH.entities[0], context_rewrites=CONTEXT_REWRITES),))


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        QueryPlan(None),
        QueryPlan(Subscription(ROOT_FETCH, BATCH)),
        QueryPlan(Parallel((Flatten(("pets",), CONTEXTUAL), CONTEXTUAL_BATCH))),
    ],
)
def test_a_plan_comes_back_from_json_as_it_was(plan: QueryPlan) -> None:
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_json_has_the_form_that_the_common_tools_read() -> None:
    assert plan_to_json(QueryPlan(Flatten(("pets", LIST, TypeGuard(("Cat", "Dog"))), ENTITY_FETCH))) == {
        "kind": "QueryPlan",
        "node": {
            "kind": "Flatten",
            "path": ["pets", "@|[Cat,Dog]"],
            "node": {
                "kind": "Fetch",
                "serviceName": "b",
                "operationKind": "query",
                "operation": ENTITY_FETCH.operation,
                "variableUsages": [],
                "requires": [
                    {
                        "kind": "InlineFragment",
                        "typeCondition": "Cat",
                        "selections": [
                            {"kind": "Field", "name": "__typename"},
                            {"kind": "Field", "name": "id", "alias": "key"},
                            {"kind": "Field", "name": "in", "selections": [{"kind": "Field", "name": "z"}]},
                        ],
                    }
                ],
                "inputRewrites": [{"kind": "ValueSetter", "path": ["... on Cat", "__typename"], "setValueTo": "Pet"}],
            },
        },
    }


def test_values_of_contexts_are_written_as_the_common_tools_do() -> None:
    written = plan_to_json(QueryPlan(Flatten(("pets",), CONTEXTUAL)))["node"]["node"]["contextRewrites"]

    assert written == [
        {
            "kind": "KeyRenamer",
            "path": ["..", "... on Shop", "owner", "currency"],
            "renameKeyTo": "contextualArgument_1_0",
        },
        {
            "kind": "KeyRenamer",
            "path": ["..", "... on Stand", "..", "currency"],
            "renameKeyTo": "contextualArgument_1_0",
        },
    ]


def test_the_other_spelling_is_read_too() -> None:
    written = {
        "node": {
            "kind": "Flatten",
            "path": [{"Field": "pets"}, "@", {"TypeCondition": ["Cat"]}],
            "node": {
                "kind": "Fetch",
                "serviceName": "b",
                "operation": "{x}",
                "requires": [{"kind": "Field", "name": "_internal_qp_alias_0", "alias": "price"}],
                "inputRewrites": [
                    {"ValueSetter": {"path": [{"TypenameEquals": ["Cat"]}, {"Key": "__typename"}], "setValueTo": "Pet"}}
                ],
                "outputRewrites": [{"KeyRenamer": {"path": [{"Key": "a"}, {"Key": "b"}], "renameKeyTo": "c"}}],
            },
        }
    }

    assert plan_from_json(written) == QueryPlan(
        Flatten(
            ("pets", LIST, TypeGuard(("Cat",))),
            Fetch(
                "b",
                OperationKind.QUERY,
                "{x}",
                requires=(RequiredField("price", "_internal_qp_alias_0"),),
                input_rewrites=(SetTypename((TypeGuard(("Cat",)),), "Pet"),),
                output_rewrites=(RenameKey(("a", "b"), "c"),),
            ),
        )
    )


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"No plan node is of kind 'Defer'\."):
        plan_from_json({"node": {"kind": "Defer"}})


@pytest.mark.skipif(not AUDIT.exists(), reason="The audit's data is not beside the repository.")
def test_every_recorded_plan_can_be_read_and_written() -> None:
    for file in sorted(AUDIT.glob("*/plans.hive.json")):
        for written in json.loads(file.read_text()):
            if "error" not in written:
                plan = plan_from_json(written)
                assert plan_from_json(plan_to_json(plan)) == plan


def test_text_shows_what_runs_after_what() -> None:
    plan = QueryPlan(
        Sequence((Fetch("a", OperationKind.QUERY, "{pet{id}}"), Condition("v", None, Flatten(("pet",), ENTITY_FETCH))))
    )

    assert (
        plan_to_text(plan)
        == """\
QueryPlan {
  Sequence {
    Fetch(service: "a") {
      {
        pet {
          id
        }
      }
    },
    Skip(if: $v) {
      Flatten(path: "pet") {
        Fetch(service: "b") {
          {
            ... on Cat {
              __typename
              key: id
              in {
                z
              }
            }
          }
          =>
          query ($representations: [_Any!]!) {
            _entities(representations: $representations) {
              ... on Cat {
                age
              }
            }
          }
        },
      },
    },
  },
}"""
    )
    assert plan_to_text(QueryPlan(None)) == "QueryPlan {}"
