"""What roles may: the map as the code ships it, and each service's share.

A role that no admin has touched follows the code, so a new version's permissions reach it; a changed one is kept as it
was set. The role SERVICE bounds every service: a client's token has its own permissions as far as SERVICE has them.
"""

from collections.abc import Mapping
from typing import Final

PATIENT: Final = "PATIENT"
DOCTOR: Final = "DOCTOR"
SUPPORT: Final = "SUPPORT"
ADMIN: Final = "ADMIN"
SERVICE: Final = "SERVICE"

_SUPPORTS: Final = frozenset(
    {
        "accounts:read",
        "users:read",
        "appointments:read",
        "payments:read",
        "notifications:read",
        "notifications:resend",
    }
)
ADMINISTERS: Final = frozenset({"accounts:manage", "roles:manage"})
"""What the role ADMIN can never lose: without it, nobody could give it back."""

CLIENTS: Final[Mapping[str, frozenset[str]]] = {
    "users": frozenset({"accounts:create", "accounts:read"}),
    "doctors": frozenset({"accounts:create", "accounts:read", "ratings:read", "appointments:read"}),
    "appointments": frozenset({"accounts:read", "doctors:read", "users:read", "payments:read"}),
    "payments": frozenset({"appointments:read", "users:read"}),
    "ratings": frozenset({"appointments:read", "users:read"}),
    "notifications": frozenset(
        {
            "accounts:read",
            "users:read",
            "doctors:read",
            "appointments:read",
            "payments:read",
            "prescriptions:read",
            "ratings:read",
            "mail-tokens:issue",
            "exports:address",
        }
    ),
}

DEFAULTS: Final[Mapping[str, frozenset[str]]] = {
    PATIENT: frozenset({"appointments:book"}),
    DOCTOR: frozenset({"appointments:consult"}),
    SUPPORT: _SUPPORTS,
    ADMIN: _SUPPORTS
    | ADMINISTERS
    | {"audit:read", "doctors:review", "appointments:manage", "payments:refund", "ratings:moderate"},
    SERVICE: frozenset[str]().union(*CLIENTS.values()),
}

PEOPLES_ROLES: Final = frozenset(DEFAULTS) - {SERVICE}


def grantable(role: str) -> frozenset[str]:
    """Answer the permissions that a role may be given: a service's are none for people, and the other way round."""
    if role == SERVICE:
        return DEFAULTS[SERVICE]
    return frozenset[str]().union(*(DEFAULTS[name] for name in PEOPLES_ROLES))
