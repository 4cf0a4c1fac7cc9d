"""eraseAccount: the password proves that it is the owner who leaves for good."""

from shared.errors import Refusal
from subgraphs.security.inputs import EraseAccountInput
from subgraphs.security.loaders import Info
from subgraphs.security.types import EraseAccountPayload, SecurityError


async def erase_account(info: Info, input: EraseAccountInput) -> EraseAccountPayload | None:
    context = info.context
    try:
        await context.service.erasure.erase(context.caller, input.password)
    except Refusal as refusal:
        return EraseAccountPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return EraseAccountPayload(ok=True)
