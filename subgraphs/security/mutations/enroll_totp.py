"""enrollTotp: offers an authenticator's secret, and recovery codes."""

from shared.errors import Refusal
from subgraphs.security.loaders import Info
from subgraphs.security.types import EnrollTotpPayload, SecurityError


async def enroll_totp(info: Info) -> EnrollTotpPayload | None:
    context = info.context
    try:
        offered = await context.service.second_factors.enroll(context.caller)
    except Refusal as refusal:
        return EnrollTotpPayload(user_errors=[SecurityError.of(refusal)])
    return EnrollTotpPayload(
        secret=offered.secret, otpauth_url=offered.otpauth_url, recovery_codes=offered.recovery_codes
    )
