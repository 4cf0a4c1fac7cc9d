"""The kinds of caller that every access table is tried with."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.auth import Caller

SUPPORT_PERMISSIONS = frozenset(
    {
        "accounts:read",
        "users:read",
        "appointments:read",
        "payments:read",
        "notifications:read",
        "notifications:resend",
    }
)
ADMIN_PERMISSIONS = SUPPORT_PERMISSIONS | {
    "accounts:manage",
    "roles:manage",
    "audit:read",
    "doctors:review",
    "appointments:manage",
    "payments:refund",
    "ratings:moderate",
}

PATIENT = Caller(
    account_id="acc_patient",
    roles=frozenset({"PATIENT"}),
    permissions=frozenset({"appointments:book"}),
    user_id="usr_patient",
    email_verified=True,
)
UNVERIFIED = replace(PATIENT, email_verified=False)
OTHER_PATIENT = replace(PATIENT, account_id="acc_other_patient", user_id="usr_other_patient")
DOCTOR = Caller(
    account_id="acc_doctor",
    roles=frozenset({"DOCTOR"}),
    permissions=frozenset({"appointments:consult"}),
    doctor_id="doc_doctor",
    email_verified=True,
)
OTHER_DOCTOR = replace(DOCTOR, account_id="acc_other_doctor", doctor_id="doc_other_doctor")
SUPPORT = Caller(
    account_id="acc_support", roles=frozenset({"SUPPORT"}), permissions=SUPPORT_PERMISSIONS, email_verified=True
)
ADMIN = Caller(account_id="acc_admin", roles=frozenset({"ADMIN"}), permissions=ADMIN_PERMISSIONS, email_verified=True)
EXPIRED = replace(PATIENT, expires_at=datetime(2026, 1, 1, tzinfo=UTC))


def service(*permissions: str) -> Caller:
    """Answer another part of the platform, holding these permissions."""
    return Caller(account_id="service:test", roles=frozenset({"SERVICE"}), permissions=frozenset(permissions))
