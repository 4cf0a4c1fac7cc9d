"""requestPasswordReset: asks for a mail with which to set a new password."""

from shared.errors import Refusal
from subgraphs.security.inputs import RequestPasswordResetInput
from subgraphs.security.loaders import Info, origin_of
from subgraphs.security.types import RequestPasswordResetPayload, SecurityError


async def request_password_reset(info: Info, input: RequestPasswordResetInput) -> RequestPasswordResetPayload | None:
    try:
        await info.context.service.recovery.request_reset(input.email, origin_of(info))
    except Refusal as refusal:
        return RequestPasswordResetPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return RequestPasswordResetPayload(ok=True)
