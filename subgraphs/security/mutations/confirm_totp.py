"""confirmTotp: a code of the authenticator turns codes on."""

from shared.errors import Refusal
from subgraphs.security.inputs import ConfirmTotpInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, ConfirmTotpPayload, SecurityError


async def confirm_totp(info: Info, input: ConfirmTotpInput) -> ConfirmTotpPayload | None:
    context = info.context
    try:
        account = await context.service.second_factors.confirm(context.caller, input.code)
    except Refusal as refusal:
        return ConfirmTotpPayload(user_errors=[SecurityError.of(refusal)])
    return ConfirmTotpPayload(account=Account.of(account))
