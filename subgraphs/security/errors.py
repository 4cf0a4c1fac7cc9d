"""The refusals of this subgraph; each code is one of SecurityErrorCode, but for the two that only services hear.

Refusal
├── InvalidCredentials   INVALID_CREDENTIALS   unknown e-mail or wrong password: nobody is told which
├── TotpRequired         TOTP_REQUIRED         the password was right; the account wants a code too
├── InvalidTotp          INVALID_TOTP          wrong, spent or superfluous code
├── InvalidToken         INVALID_TOKEN         a token that was never issued, was used, or whose session has ended
├── ExpiredToken         EXPIRED_TOKEN         a token past its time
├── TokenReused          TOKEN_REUSED          a spent refresh token: its session ends
├── WeakPassword         WEAK_PASSWORD         too short, too long, too common, or the e-mail itself
├── AccountSuspended     ACCOUNT_SUSPENDED     right credentials of a suspended account
├── TooManyAttempts      TOO_MANY_ATTEMPTS     throttled
├── UnknownRole          UNKNOWN_ROLE          no such role, or not one for people
├── UnknownPermission    UNKNOWN_PERMISSION    no such permission, or not one for this role
├── LastAdmin            LAST_ADMIN            it would leave no admin, or admins who cannot administer
├── NoSuchThing          NOT_FOUND             no such account or session, or a foreign one
├── EmailTaken           EMAIL_TAKEN           (createAccount only)
└── InvalidEmail         INVALID_EMAIL         (createAccount only)
"""

from shared.errors import Refusal


class InvalidCredentials(Refusal):
    """Unknown e-mail or wrong password: nobody is told which."""

    code = "INVALID_CREDENTIALS"
    message = "The e-mail or the password is wrong."


class TotpRequired(Refusal):
    """The password was right; the account wants a code too."""

    code = "TOTP_REQUIRED"
    message = "Give the code of your authenticator, or a recovery code."


class InvalidTotp(Refusal):
    """Wrong, spent or superfluous code."""

    code = "INVALID_TOTP"
    message = "The code is wrong or was used."


class InvalidToken(Refusal):
    """A token that was never issued, was used, or whose session has ended."""

    code = "INVALID_TOKEN"
    message = "The token is not valid, or not any more."


class ExpiredToken(Refusal):
    """A token past its time."""

    code = "EXPIRED_TOKEN"
    message = "The token has expired."


class TokenReused(Refusal):
    """A spent refresh token: somebody has a copy, so its session ends."""

    code = "TOKEN_REUSED"
    message = "The token was used before, so its session has ended. Sign in again."


class WeakPassword(Refusal):
    """Too short, too long, too common, or the e-mail itself."""

    code = "WEAK_PASSWORD"
    message = "The password is too weak."


class AccountSuspended(Refusal):
    """Right credentials of a suspended account."""

    code = "ACCOUNT_SUSPENDED"
    message = "This account is suspended."


class TooManyAttempts(Refusal):
    """Throttled."""

    code = "TOO_MANY_ATTEMPTS"
    message = "Too many attempts. Wait a minute, then try again."


class UnknownRole(Refusal):
    """No such role, or not one for people."""

    code = "UNKNOWN_ROLE"
    message = "There is no such role for people."


class UnknownPermission(Refusal):
    """No such permission, or not one for this role."""

    code = "UNKNOWN_PERMISSION"
    message = "There is no such permission for this role."


class LastAdmin(Refusal):
    """It would leave no admin, or admins who cannot administer."""

    code = "LAST_ADMIN"
    message = "This would leave nobody to administer the platform."


class NoSuchThing(Refusal):
    """No such account or session, or a foreign one."""

    code = "NOT_FOUND"
    message = "There is no such object."


class EmailTaken(Refusal):
    """An account has this e-mail already."""

    code = "EMAIL_TAKEN"
    message = "There is an account with this e-mail already."


class InvalidEmail(Refusal):
    """Not an e-mail address."""

    code = "INVALID_EMAIL"
    message = "This is not an e-mail address."
