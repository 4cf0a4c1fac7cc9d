"""E-mail addresses: one form of each, in lower case.

The standard leaves the case of the part before the @ to the receiver; no receiver of today tells people apart by it,
and two accounts that differ in nothing else are one person's mistake or another's trick. Whether an address exists, the
verification mail finds out. A local part beyond ASCII is refused, since mail services (Amazon SES among them) carry
none; a domain beyond ASCII takes its ASCII form.
"""

from email_validator import EmailNotValidError, validate_email

from subgraphs.security.errors import InvalidEmail

LONGEST = 254


def checked_email(typed: str) -> str:
    """Answer the one form of an address; raises InvalidEmail."""
    try:
        # The "test environment" admits names under .test, which are as good as any that does not exist.
        found = validate_email(
            typed.strip()[: LONGEST + 1], check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise InvalidEmail(field=["email"]) from error
    return (found.ascii_email or found.normalized).lower()


def sought_email(typed: str) -> str:
    """Answer the form under which an address would be kept, or a text under which nothing is."""
    try:
        return checked_email(typed)
    except InvalidEmail:
        return typed.strip().lower()[:LONGEST]
