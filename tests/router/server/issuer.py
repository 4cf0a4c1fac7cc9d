"""An issuer of tokens in this process: its JWKS document behind an ASGI app, its keys rotated at will."""

from __future__ import annotations

import time
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from router.config import AuthConfig

AUTH = AuthConfig(jwks_url="http://security/jwks.json", issuer="issuer", audience="router", leeway_seconds=0)


class Issuer:
    """Signs tokens; counts how often its keys were fetched."""

    def __init__(self) -> None:
        self.keys: dict[str, EllipticCurvePrivateKey] = {"k1": generate_private_key(SECP256R1())}
        self.others: list[dict[str, Any]] = []
        self.fetches = 0
        self.is_broken = False

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        self.fetches += 1
        if self.is_broken:
            raise ConnectionError
        keys = [
            {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "ES256", "use": "sig"}
            for kid, key in self.keys.items()
        ]
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": orjson.dumps({"keys": [*self.others, *keys]})})

    def rotate(self, kid: str) -> None:
        self.keys = {kid: generate_private_key(SECP256R1())}

    def token(self, *, kid: str = "k1", headers: dict[str, Any] | None = None, **claims: Any) -> str:
        now = int(time.time())
        payload = {"sub": "1", "iss": "issuer", "aud": "router", "exp": now + 600, "nbf": now - 1, **claims}
        present = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(present, self.keys[kid], "ES256", headers={"kid": kid, **(headers or {})})
