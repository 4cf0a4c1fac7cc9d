"""The keys: published, rotated without a restart or a refusal; and the tokens of services."""

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import jwt
import pytest

from shared.auth import TokenVerifier
from shared.clients.service_token import ServiceTokens
from shared.clients.transport import HttpAnswer
from shared.errors import Unauthenticated
from subgraphs.security.service import SecurityService
from subgraphs.security.service.permissions import CLIENTS
from subgraphs.security.settings import SecuritySettings
from tests.subgraphs.harness import World
from tests.subgraphs.security.steps import SignedIn, change, kept, over_http, registered, sign_in


def security(world: World) -> SecurityService:
    found = world.subgraph.service
    assert isinstance(found, SecurityService)
    return found


async def published(world: World) -> list[dict[str, Any]]:
    answer = await over_http(world, "GET", "/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/json"
    keys: list[dict[str, Any]] = answer.json()["keys"]
    return keys


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def verifier(world: World) -> TokenVerifier:
    async def fetch() -> bytes:
        return (await over_http(world, "GET", "/.well-known/jwks.json")).content

    return TokenVerifier(fetch, world.clock)


async def test_the_first_key_is_there_at_the_start_and_only_its_public_half_is_shown(world: World) -> None:
    (key,) = await published(world)

    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")


def another_process(world: World) -> SecurityService:
    """A second service on the same store, which knows nothing of what the first one remembers."""
    (store,), ports = world.subgraph.stores, world.ports
    return SecurityService.over(store, ports.clock, ports.settings, SecuritySettings(), ports)


async def test_processes_that_start_at_once_make_one_key(world: World) -> None:
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.
    await database["signing_keys"].delete_many({})

    await asyncio.gather(*(another_process(world).keys.rotate_if_due() for _ in range(4)))

    assert len(await kept(world, "signing_keys")) == 1


async def test_a_new_key_is_announced_before_it_signs_and_tokens_of_the_old_one_stay_good(world: World) -> None:
    before = await registered(world)
    checking = verifier(world)
    await checking.verify(before.access_token)

    kid = await security(world).rotate_keys()

    assert kid in {key["kid"] for key in await published(world)}
    during = await sign_in(world)
    assert kid_of(during.access_token) == kid_of(before.access_token) != kid
    world.clock.advance(timedelta(seconds=15))
    after = await sign_in(world)
    assert kid_of(after.access_token) == kid
    for token in (before, during, after):
        await checking.verify(token.access_token)


async def test_a_verifier_that_has_just_looked_refuses_no_token_of_a_new_key(world: World) -> None:
    await registered(world)
    checking = verifier(world)
    forged = jwt.encode({"sub": "x"}, "x" * 32, headers={"kid": "key_of_nobody"})
    with pytest.raises(Unauthenticated):
        await checking.verify(forged)

    kid = await security(world).rotate_keys()

    signed_by = []
    for _ in range(20):
        token = (await sign_in(world)).access_token
        await checking.verify(token)
        signed_by.append(kid_of(token))
        world.clock.advance(timedelta(seconds=1))
    assert signed_by.count(kid) == 5


async def test_another_process_signs_with_the_new_key_within_seconds(world: World) -> None:
    await registered(world)

    kid = await another_process(world).rotate_keys()

    world.clock.advance(timedelta(seconds=20))
    assert kid_of((await sign_in(world)).access_token) == kid


async def test_an_old_key_is_published_until_its_last_token_has_ended(world: World) -> None:
    old = (await published(world))[0]["kid"]
    new = await security(world).rotate_keys()
    last_token_ends = timedelta(seconds=15 + 5) + timedelta(minutes=10)

    world.clock.advance(last_token_ends)
    assert [key["kid"] for key in await published(world)] == [new, old]
    world.clock.advance(timedelta(minutes=1))
    assert [key["kid"] for key in await published(world)] == [new]
    await world.run_job("rotate-signing-keys")
    assert [key["_id"] for key in await kept(world, "signing_keys")] == [new]


async def test_a_compromised_key_is_gone_at_once_with_its_tokens(world: World) -> None:
    signed_in = await registered(world)
    await security(world).rotate_keys()

    kid = await security(world).rotate_keys(compromised=True)

    assert [key["kid"] for key in await published(world)] == [kid]
    with pytest.raises(Unauthenticated):
        await verifier(world).verify(signed_in.access_token)
    assert kid_of((await sign_in(world)).access_token) == kid


async def test_the_job_rotates_after_thirty_days_and_twice_is_the_same_as_once(world: World) -> None:
    world.clock.advance(timedelta(days=29))
    await world.run_job("rotate-signing-keys")
    assert len(await published(world)) == 1

    world.clock.advance(timedelta(days=1))
    await asyncio.gather(*(world.run_job("rotate-signing-keys") for _ in range(4)))

    assert len(await published(world)) == 2


async def ask_token(world: World, name: str, secret: str, form: str = "grant_type=client_credentials") -> Any:
    credentials = b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}", "content-type": "application/x-www-form-urlencoded"}
    return await over_http(world, "POST", "/token", headers, content=form)


def secret_of(world: World, name: str) -> str:
    return world.ports.secret(f"client:{name}").hex()


async def test_each_service_gets_a_token_with_its_own_scopes(world: World) -> None:
    for name, scopes in CLIENTS.items():
        answer = await ask_token(world, name, secret_of(world, name))

        granted = answer.json()
        assert (answer.status_code, granted["token_type"], granted["expires_in"]) == (200, "Bearer", 600)
        assert answer.headers["cache-control"] == "no-store"
        caller = await verifier(world).verify(granted["access_token"])
        assert caller.account_id == f"service:{name}"
        assert caller.is_service
        assert caller.permissions == scopes == set(granted["scope"].split())
        assert (caller.user_id, caller.doctor_id, caller.session_id) == (None, None, None)


async def test_the_platforms_own_client_gets_a_token(world: World) -> None:
    class OverHttp:
        async def request(self, method: str, url: str, **rest: Any) -> HttpAnswer:
            body = (rest["body"] or b"").decode()
            answer = await over_http(world, method, url, dict(rest["headers"]), content=body)
            return HttpAnswer(answer.status_code, dict(answer.headers), answer.content)

    tokens = ServiceTokens(OverHttp(), "http://subgraph/token", "users", secret_of(world, "users"), world.clock)

    assert (await verifier(world).verify(await tokens.token())).may("accounts:create")


async def test_a_client_that_proves_nothing_gets_no_token(world: World) -> None:
    for name, other in (("users", "doctors"), ("strangers", "strangers"), ("", "")):
        answer = await ask_token(world, name, secret_of(world, other))
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_any_other_grant_is_refused(world: World) -> None:
    for form in ("grant_type=password", "grant_type=", "", "%"):
        answer = await ask_token(world, "users", secret_of(world, "users"), form)
        assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


async def test_rubbish_for_credentials_is_refused_and_no_fault(world: World) -> None:
    for header in ("", "Basic", "Basic !!!", "Basic /w==", "Bearer dXNlcnM6eA==", "Basic dXNlcnM="):
        headers = {"authorization": header}
        answer = await over_http(world, "POST", "/token", headers, content="grant_type=client_credentials")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Basic")


async def test_the_role_service_bounds_every_service(world: World, admin: SignedIn) -> None:
    mutation = "mutation($input: SetRolePermissionsInput!) { setRolePermissions(input: $input) { role { name } } }"
    await change(world, mutation, {"role": "SERVICE", "permissions": ["users:read"]}, as_=admin.caller)

    granted = (await ask_token(world, "ratings", secret_of(world, "ratings"))).json()

    assert granted["scope"] == "users:read"
