"""signIn: e-mail and password, and a code where one is asked for, open a session."""

from shared.errors import Refusal
from subgraphs.security.inputs import SignInInput
from subgraphs.security.loaders import Info, origin_of
from subgraphs.security.service.sign_in import Credentials
from subgraphs.security.types import SecurityError, Session, SignInPayload


async def sign_in(info: Info, input: SignInInput) -> SignInPayload | None:
    credentials = Credentials(input.email, input.password, input.totp_code)
    try:
        signed_in = await info.context.service.entrance.sign_in(credentials, origin_of(info))
    except Refusal as refusal:
        return SignInPayload(user_errors=[SecurityError.of(refusal)])
    return SignInPayload(session=Session.of(signed_in))
