"""reinstateAccount: lifts a suspension."""

from shared.errors import Refusal
from subgraphs.security.inputs import ReinstateAccountInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, AccountPayload, SecurityError


async def reinstate_account(info: Info, input: ReinstateAccountInput) -> AccountPayload | None:
    context = info.context
    try:
        account = await context.service.administration.reinstate(context.caller, input.account_id, input.reason)
    except Refusal as refusal:
        return AccountPayload(user_errors=[SecurityError.of(refusal)])
    return AccountPayload(account=Account.of(account))
