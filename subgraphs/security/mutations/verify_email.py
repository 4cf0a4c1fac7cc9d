"""verifyEmail: a mailed token proves an address."""

from shared.errors import Refusal
from subgraphs.security.inputs import VerifyEmailInput
from subgraphs.security.loaders import Info, origin_of
from subgraphs.security.types import Account, SecurityError, VerifyEmailPayload


async def verify_email(info: Info, input: VerifyEmailInput) -> VerifyEmailPayload | None:
    try:
        account = await info.context.service.verification.verify(input.token, origin_of(info))
    except Refusal as refusal:
        return VerifyEmailPayload(user_errors=[SecurityError.of(refusal)])
    return VerifyEmailPayload(account=Account.of(account))
