"""revokeRole: takes a role from an account."""

from shared.errors import Refusal
from subgraphs.security.inputs import RevokeRoleInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import Account, AccountPayload, SecurityError


async def revoke_role(info: Info, input: RevokeRoleInput) -> AccountPayload | None:
    context = info.context
    try:
        account = await context.service.administration.revoke_role(context.caller, input.account_id, input.role)
    except Refusal as refusal:
        return AccountPayload(user_errors=[SecurityError.of(refusal)])
    return AccountPayload(account=Account.of(account))
