"""disableTotp: a last code, or a recovery code, turns codes off."""

from shared.errors import Refusal
from subgraphs.security.inputs import DisableTotpInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, ConfirmTotpPayload, SecurityError


async def disable_totp(info: Info, input: DisableTotpInput) -> ConfirmTotpPayload | None:
    context = info.context
    try:
        account = await context.service.second_factors.disable(context.caller, input.code)
    except Refusal as refusal:
        return ConfirmTotpPayload(user_errors=[SecurityError.of(refusal)])
    return ConfirmTotpPayload(account=Account.of(account))
