"""resetPassword: a mailed token sets a new password."""

from shared.errors import Refusal
from subgraphs.security.inputs import ResetPasswordInput
from subgraphs.security.loaders import Info, origin_of
from subgraphs.security.types import ResetPasswordPayload, SecurityError


async def reset_password(info: Info, input: ResetPasswordInput) -> ResetPasswordPayload | None:
    try:
        await info.context.service.recovery.reset(input.token, input.new_password, origin_of(info))
    except Refusal as refusal:
        return ResetPasswordPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return ResetPasswordPayload(ok=True)
