"""endSession: ends one of the caller's own sessions."""

from shared.errors import Refusal
from subgraphs.security.inputs import EndSessionInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import SecurityError, SignOutPayload


async def end_session(info: Info, input: EndSessionInput) -> SignOutPayload | None:
    context = info.context
    try:
        await context.service.sessions.end(context.caller, input.session_id)
    except Refusal as refusal:
        return SignOutPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return SignOutPayload(ok=True)
