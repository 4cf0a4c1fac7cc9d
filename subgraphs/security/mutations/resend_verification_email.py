"""resendVerificationEmail: asks for the mail again."""

from shared.errors import Refusal
from subgraphs.security.inputs import ResendVerificationEmailInput
from subgraphs.security.loaders import Info, origin_of
from subgraphs.security.types import ResendVerificationEmailPayload, SecurityError


async def resend_verification_email(
    info: Info, input: ResendVerificationEmailInput
) -> ResendVerificationEmailPayload | None:
    try:
        await info.context.service.verification.resend(input.email, origin_of(info))
    except Refusal as refusal:
        return ResendVerificationEmailPayload(ok=False, user_errors=[SecurityError.of(refusal)])
    return ResendVerificationEmailPayload(ok=True)
