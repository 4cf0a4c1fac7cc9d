"""Access tokens for tests, signed with a key made for the run: any caller one needs, also expired and forged."""

from datetime import datetime, timedelta

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.auth import ALGORITHM, AUDIENCE, ISSUER, Caller
from shared.clock import Clock

KEY = Ed25519PrivateKey.generate()
FORGERS_KEY = Ed25519PrivateKey.generate()
KEY_ID = "test"


async def public_keys() -> bytes:
    """Answer the JWKS document."""
    key = jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    return orjson.dumps({"keys": [{**key, "kid": KEY_ID, "use": "sig", "alg": ALGORITHM}]})


def token_of(caller: Caller, clock: Clock, *, key: Ed25519PrivateKey = KEY) -> str:
    """Sign a token for a caller; it ends when the caller says, else in ten minutes."""
    now: datetime = clock.now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": caller.account_id,
        "sid": caller.session_id or "ses_test",
        "roles": sorted(caller.roles),
        "scope": " ".join(sorted(caller.permissions)),
        "usr": caller.user_id,
        "doc": caller.doctor_id,
        "ver": caller.email_verified,
        "iat": int(now.timestamp()),
        "exp": int((caller.expires_at or now + timedelta(minutes=10)).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": KEY_ID})
