"""changePassword: the old password sets a new one."""

from shared.errors import Refusal
from subgraphs.security.inputs import ChangePasswordInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import ChangePasswordPayload, SecurityError


async def change_password(info: Info, input: ChangePasswordInput) -> ChangePasswordPayload | None:
    context = info.context
    try:
        await context.service.recovery.change(context.caller, input.current_password, input.new_password)
    except Refusal as refusal:
        return ChangePasswordPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return ChangePasswordPayload(ok=True)
