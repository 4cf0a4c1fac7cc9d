"""grantRole: gives an account a role."""

from shared.errors import Refusal
from subgraphs.security.inputs import GrantRoleInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, AccountPayload, SecurityError


async def grant_role(info: Info, input: GrantRoleInput) -> AccountPayload | None:
    context = info.context
    try:
        account = await context.service.administration.grant_role(context.caller, input.account_id, input.role)
    except Refusal as refusal:
        return AccountPayload(user_errors=[SecurityError.of(refusal)])
    return AccountPayload(account=Account.of(account))
