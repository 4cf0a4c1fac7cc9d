"""What a verified token grants: its scopes, and the policies that its claims meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from router.config import AuthorizationConfig
from router.server.tokens import Identity
from router.supergraph import Grants

# From a token's claims and the policies that the supergraph names to those that the caller meets.
JudgePolicies: TypeAlias = Callable[[Mapping[str, Any], frozenset[str]], frozenset[str]]


def policies_by_claims(config: AuthorizationConfig) -> JudgePolicies:
    """Judge policies by the settings; a policy that they do not name is met by nobody."""

    def judge(claims: Mapping[str, Any], asked: frozenset[str]) -> frozenset[str]:
        return frozenset(
            name
            for name, needed in config.policies.items()
            if name in asked and all(_holds(claims.get(claim), values) for claim, values in needed.items())
        )

    return judge


def _holds(claim: Any, values: tuple[str | int | bool, ...]) -> bool:
    """Whether a claim, or one entry of it where it is a list, is one of the values and of its kind."""
    entries = claim if isinstance(claim, list) else [claim]
    return any(type(entry) is type(value) and entry == value for entry in entries for value in values)


def read_grants(identity: Identity, scope_claim: str, asked: frozenset[str], judge: JudgePolicies) -> Grants:
    """Read what an identity grants; anybody without a token has nothing."""
    if not identity.claims:
        return Grants()
    listed = identity.claims.get(scope_claim)
    scopes = listed.split() if isinstance(listed, str) else listed if isinstance(listed, list) else ()
    held = frozenset(scope for scope in scopes if isinstance(scope, str))
    return Grants(authenticated=True, scopes=held, policies=judge(identity.claims, asked) & asked if asked else asked)
