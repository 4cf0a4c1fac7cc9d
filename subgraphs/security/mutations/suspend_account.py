"""suspendAccount: keeps an account from signing in, and ends its sessions."""

from shared.errors import Refusal
from subgraphs.security.inputs import SuspendAccountInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, AccountPayload, SecurityError


async def suspend_account(info: Info, input: SuspendAccountInput) -> AccountPayload | None:
    context = info.context
    try:
        account = await context.service.administration.suspend(context.caller, input.account_id, input.reason)
    except Refusal as refusal:
        return AccountPayload(user_errors=[SecurityError.of(refusal)])
    return AccountPayload(account=Account.of(account))
