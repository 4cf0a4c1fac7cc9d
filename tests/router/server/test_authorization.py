"""Access rules at the door: a token's scopes and claims decide, over HTTP and WebSocket."""

from __future__ import annotations

import time
from typing import Any

import pytest

from router.config import AuthorizationConfig, RouterConfig
from router.server import RouterApp, create_app
from router.transport import InProcessTransport

from .clients import WebSocketClient, post
from .federation import SUPERGRAPH, Federation
from .issuer import AUTH, Issuer

RULES = """
directive @authenticated on FIELD_DEFINITION
directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
directive @policy(policies: [[String!]!]!) on FIELD_DEFINITION
"""
GUARDED = RULES + SUPERGRAPH.replace("name: String! @join__field", "name: String! @authenticated @join__field").replace(
    "id: ID!\n  ", 'id: ID! @requiresScopes(scopes: [["id"]])\n  '
).replace("headers: String!", 'headers: String! @policy(policies: [["staff"]])')
BY_ROLE = AuthorizationConfig(policies={"staff": {"role": ("ADMIN", "DOCTOR"), "verified": (True,)}})


class Guarded:
    """The small federation behind access rules, with an issuer of tokens."""

    def __init__(self, authorization: AuthorizationConfig = BY_ROLE, **options: Any) -> None:
        self.issuer = Issuer()
        self.federation = Federation()
        apps: dict[str, Any] = {
            "accounts": self.federation.accounts,
            "ratings:4002": self.federation.ratings,
            "security": self.issuer,
        }
        config = RouterConfig(auth=AUTH, authorization=authorization)
        self.app: RouterApp = create_app(GUARDED, config, InProcessTransport(apps), clock=time.time, **options)

    def bearer(self, **claims: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.issuer.token(**claims)}"}


async def test_nobody_in_particular_sees_nothing_that_is_guarded_and_no_subgraph_is_called() -> None:
    guarded = Guarded()

    answer = await post(guarded.app, "{ headers }")

    assert answer.json == {
        "data": None,
        "errors": [
            {
                "message": "Unauthorized field or type.",
                "path": ["headers"],
                "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
            }
        ],
    }
    assert guarded.federation.accounts.queries == []


@pytest.mark.parametrize(
    ("claims", "data"),
    [
        ({}, {"users": [{"name": "Ada"}, {"name": "Grace"}]}),
        ({"scope": "openid id"}, {"users": [{"name": "Ada", "id": "1"}, {"name": "Grace", "id": "2"}]}),
        ({"scope": ["id"]}, {"users": [{"name": "Ada", "id": "1"}, {"name": "Grace", "id": "2"}]}),
    ],
)
async def test_scopes_are_read_from_the_token(claims: dict[str, Any], data: Any) -> None:
    guarded = Guarded()
    query = "{ users { name id } }" if claims else "{ users { name } }"

    answer = await post(guarded.app, query, guarded.bearer(**claims))

    assert answer.json == {"data": data}


@pytest.mark.parametrize(
    ("claims", "allowed"),
    [
        ({"role": "ADMIN", "verified": True}, True),
        ({"role": ["PATIENT", "DOCTOR"], "verified": True}, True),
        ({"role": "ADMIN", "verified": 1}, False),
        ({"role": "ADMIN"}, False),
        ({"role": "PATIENT", "verified": True}, False),
        ({}, False),
    ],
)
async def test_a_policy_is_met_by_claims_as_the_settings_say(claims: dict[str, Any], allowed: bool) -> None:
    guarded = Guarded()

    answer = await post(guarded.app, "{ headers }", guarded.bearer(**claims))

    assert ("errors" not in answer.json) is allowed
    assert len(guarded.federation.accounts.queries) == int(allowed)


async def test_policies_can_be_judged_by_a_function() -> None:
    asked: list[frozenset[str]] = []

    def judge(claims: Any, policies: frozenset[str]) -> frozenset[str]:
        asked.append(policies)
        return policies if claims["sub"] == "9" else frozenset()

    guarded = Guarded(judge=judge)
    nine, one = [await post(guarded.app, "{ headers }", guarded.bearer(sub=sub)) for sub in ("9", "1")]

    assert ("errors" in nine.json, "errors" in one.json) == (False, True)
    assert asked == [frozenset({"staff"})] * 2


async def test_by_setting_the_whole_operation_is_refused() -> None:
    guarded = Guarded(AuthorizationConfig(unauthorized="refuse"))

    answer = await post(guarded.app, "{ users { rating name } }", {"accept": "application/graphql-response+json"})

    assert answer.status == 400
    assert answer.json == {
        "errors": [
            {
                "message": "Unauthorized field or type: User.name.",
                "locations": [{"line": 1, "column": 18}],
                "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"},
            }
        ]
    }
    assert guarded.federation.accounts.queries == []


async def test_a_websockets_token_decides_for_its_operations() -> None:
    guarded = Guarded()

    async with WebSocketClient(guarded.app) as known, WebSocketClient(guarded.app) as unknown:
        await known.initialise({"Authorization": f"Bearer {guarded.issuer.token()}"})
        await unknown.initialise()
        known.subscribe("1", "{ users { name } }")
        unknown.subscribe("1", "{ users { name } }")
        shown, hidden = (await known.hear())["payload"], (await unknown.hear())["payload"]

    assert shown == {"data": {"users": [{"name": "Ada"}, {"name": "Grace"}]}}
    assert hidden["data"] is None
    assert [error["path"] for error in hidden["errors"]] == [["users", 0, "name"]]
