"""signOut: ends the session of a refresh token, or every session of its account."""

from shared.errors import Refusal
from subgraphs.security.inputs import SignOutInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import SecurityError, SignOutPayload


async def sign_out(info: Info, input: SignOutInput) -> SignOutPayload | None:
    try:
        await info.context.service.sessions.sign_out(input.refresh_token, everywhere=bool(input.everywhere))
    except Refusal as refusal:
        return SignOutPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return SignOutPayload(ok=True)
