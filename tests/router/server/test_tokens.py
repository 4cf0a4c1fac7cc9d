"""Bearer tokens: which are taken, which are refused, and how often the issuer is asked for its keys."""

from __future__ import annotations

import hmac
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from router.config import AuthConfig, RouterConfig, parse_config
from router.errors import ConfigError
from router.server.tokens import ANONYMOUS, TokenVerifier, Unauthenticated
from router.transport import InProcessTransport

from .clients import post
from .federation import Federation
from .issuer import AUTH, Issuer


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def verifier(issuer: Issuer, clock: Clock | None = None, auth: AuthConfig = AUTH) -> TokenVerifier:
    return TokenVerifier(auth, InProcessTransport({"security": issuer}), clock or Clock())


async def test_a_good_token_is_taken_and_forwarded() -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)

    token = issuer.token()
    answer = await post(federation.app, "{ users { id } }", {"authorization": f"Bearer {token}"})

    assert answer.status == 200
    assert federation.accounts.headers[0]["authorization"] == f"Bearer {token}"


async def test_no_token_is_anonymous() -> None:
    federation = Federation(RouterConfig(auth=AUTH), security=Issuer())

    answer = await post(federation.app, "{ users { id } }")

    assert (answer.status, "errors" in answer.json) == (200, False)
    assert "authorization" not in federation.accounts.headers[0]


def _none_algorithm(issuer: Issuer) -> str:
    body = issuer.token().split(".")[1]
    return base64url_encode(b'{"alg":"none","kid":"k1"}').decode() + f".{body}."


def _symmetric_with_the_public_key(issuer: Issuer) -> str:
    public = issuer.keys["k1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = base64url_encode(b'{"alg":"HS256","kid":"k1"}') + b"." + issuer.token().split(".")[1].encode()
    signature = hmac.digest(public, signed, "sha256")
    return (signed + b"." + base64url_encode(signature)).decode()


def _another_algorithm_than_the_keys(_: Issuer) -> str:
    return jwt.encode({"sub": "1"}, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": "k1"})


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda issuer: issuer.token(exp=int(time.time()) - 1), id="expired"),
        pytest.param(lambda issuer: issuer.token(exp=None), id="endless"),
        pytest.param(lambda issuer: issuer.token(nbf=int(time.time()) + 60), id="not yet"),
        pytest.param(lambda issuer: issuer.token(iss="another"), id="another issuer"),
        pytest.param(lambda issuer: issuer.token(iss=None), id="no issuer"),
        pytest.param(lambda issuer: issuer.token(aud="another"), id="another audience"),
        pytest.param(lambda issuer: issuer.token(aud=None), id="no audience"),
        pytest.param(lambda _: Issuer().token(), id="another's key"),
        pytest.param(lambda issuer: issuer.token(headers={"kid": "k9"}), id="unknown kid"),
        pytest.param(lambda issuer: issuer.token()[:-4] + "AAAA", id="forged signature"),
        pytest.param(_none_algorithm, id="no algorithm"),
        pytest.param(_symmetric_with_the_public_key, id="symmetric"),
        pytest.param(_another_algorithm_than_the_keys, id="an algorithm that is not the key's"),
        pytest.param(lambda _: (base64url_encode(b"[" * 6000) + b".e30.AA").decode(), id="nested deeply"),
        pytest.param(lambda issuer: issuer.token(exp=float("inf")), id="for ever"),
        pytest.param(lambda _: "rubbish", id="rubbish"),
        pytest.param(lambda _: "", id="empty"),
    ],
)
async def test_a_bad_token_is_401_and_reaches_no_subgraph(make: Any) -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)

    answer = await post(federation.app, "{ users { id } }", {"authorization": f"Bearer {make(issuer)}"})

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert federation.accounts.headers == []


async def test_another_scheme_is_401_whatever_comes_after_it() -> None:
    issuer = Issuer()
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)
    token = issuer.token()

    for scheme, status in (("Basic", 401), ("Bearer", 200), ("Basic", 401), ("", 401), ("BEARER", 200)):
        answer = await post(federation.app, "{ users { name } }", {"authorization": f"{scheme} {token}"})

        assert answer.status == status


async def test_keys_are_fetched_once_for_many_tokens() -> None:
    issuer = Issuer()
    checked = verifier(issuer)

    for subject in ("1", "2", "3"):
        identity = await checked.verify(f"Bearer {issuer.token(sub=subject)}")
        assert identity.claims["sub"] == subject

    assert issuer.fetches == 1


async def test_known_keys_are_kept_as_long_as_is_set_and_then_fetched_again() -> None:
    issuer, clock = Issuer(), Clock()
    checked = verifier(issuer, clock)

    for seconds, fetches in ((0, 1), (AUTH.keys_cached_seconds - 1, 1), (2, 2)):
        clock.now += seconds
        await checked.verify(f"Bearer {issuer.token(sub=str(seconds))}")
        assert issuer.fetches == fetches


async def test_a_token_that_names_no_key_is_taken_only_where_there_is_but_one() -> None:
    issuer = Issuer()
    token = jwt.encode({"exp": time.time() + 60, "iss": "issuer", "aud": "router"}, issuer.keys["k1"], "ES256")

    alone = await verifier(issuer).verify(f"Bearer {token}")
    issuer.keys["k2"] = Issuer().keys["k1"]
    with pytest.raises(Unauthenticated):
        await verifier(issuer).verify(f"Bearer {token}")

    assert alone.claims["iss"] == "issuer"


async def test_a_key_of_an_unknown_kind_does_not_keep_us_from_the_others() -> None:
    issuer = Issuer()
    issuer.others = [
        {"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "EC", "kid": "odd", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "enc", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB"},
    ]
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)

    answer = await post(federation.app, "{ users { name } }", {"authorization": f"Bearer {issuer.token()}"})

    assert answer.status == 200


async def test_a_rotation_is_noticed_by_its_unknown_kid() -> None:
    issuer, clock = Issuer(), Clock()
    checked = verifier(issuer, clock)
    old = issuer.token()
    await checked.verify(f"Bearer {old}")

    issuer.rotate("k2")
    clock.now += 11
    identity = await checked.verify(f"bearer {issuer.token(kid='k2')}")

    assert identity.claims["sub"] == "1"
    assert issuer.fetches == 2
    with pytest.raises(Unauthenticated):
        await checked.verify(f"Bearer {old}")


async def test_unknown_kids_do_not_make_us_hammer_the_issuer() -> None:
    issuer = Issuer()
    checked = verifier(issuer)

    for number in range(20):
        with pytest.raises(Unauthenticated):
            await checked.verify(f"Bearer {issuer.token(headers={'kid': str(number)})}")

    assert issuer.fetches == 1


async def test_known_keys_stay_while_the_issuer_is_down() -> None:
    issuer, clock = Issuer(), Clock()
    checked = verifier(issuer, clock)
    await checked.verify(f"Bearer {issuer.token()}")

    issuer.is_broken = True
    clock.now += 301
    identity = await checked.verify(f"Bearer {issuer.token(sub='7')}")

    assert identity.claims["sub"] == "7"


async def test_without_any_keys_tokens_cannot_be_told_apart_and_the_answer_is_503() -> None:
    issuer = Issuer()
    issuer.is_broken = True
    federation = Federation(RouterConfig(auth=AUTH), security=issuer)

    answer = await post(federation.app, "{ users { id } }", {"authorization": f"Bearer {issuer.token()}"})

    assert answer.status == 503


async def test_a_remembered_token_still_expires() -> None:
    issuer, clock = Issuer(), Clock()
    checked = verifier(issuer, clock)
    token = issuer.token(exp=int(clock.now) + 2)
    await checked.verify(f"Bearer {token}")
    known = await checked.verify(f"Bearer {token}")
    at_once = checked.known(f"bearer {token}")

    clock.now += 3

    assert at_once is known
    assert known.expires_at is not None
    assert known.expires_at < clock.now
    assert checked.known(f"Bearer {token}") is None


async def test_what_is_known_without_waiting_is_nobody_and_tokens_that_were_verified() -> None:
    issuer = Issuer()
    checked = verifier(issuer)
    token = issuer.token()

    before = checked.known(f"Bearer {token}")
    identity = await checked.verify(f"Bearer {token}")

    assert before is None
    assert checked.known(f"Bearer {token}") is identity
    assert checked.known(None) is ANONYMOUS
    assert [checked.known(other) for other in (f"Basic {token}", "Bearer x", "")] == [None] * 3


def test_symmetric_algorithms_cannot_be_configured() -> None:
    with pytest.raises(ConfigError, match=r"^wrong setting auth\.algorithms: algorithms must be asymmetric"):
        parse_config({"auth": {"jwks_url": "http://x", "algorithms": ["HS256"]}})
