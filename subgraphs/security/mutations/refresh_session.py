"""refreshSession: a refresh token, good once, carries a session on."""

from shared.errors import Refusal
from subgraphs.security.inputs import RefreshSessionInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import SecurityError, Session, SignInPayload


async def refresh_session(info: Info, input: RefreshSessionInput) -> SignInPayload | None:
    try:
        signed_in = await info.context.service.sessions.refresh(input.refresh_token)
    except Refusal as refusal:
        return SignInPayload(user_errors=[SecurityError.of(refusal)])
    return SignInPayload(session=Session.of(signed_in))
