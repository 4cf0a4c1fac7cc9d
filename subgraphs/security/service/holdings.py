"""Everything that the platform holds about somebody, gathered from its owners.

Each subgraph is asked what it shows the person themselves, with a token of theirs: so an export can hold nothing that
its owner may not see, such as what patients told a doctor, and no subgraph needs a door of its own for it. What is
asked of whom is the tables below; `%s` is where a page goes on.
"""

from collections.abc import Mapping
from typing import Any

from shared.clients.entities import EntityClient

DOCUMENTS = "documents { id name contentType sizeBytes kind status uploadedAt }"
MONEY = "{ amount currency }"
OF_USER: Mapping[str, tuple[str, ...]] = {
    "users": (f"firstName lastName email phone dateOfBirth timeZone locale createdAt {DOCUMENTS}",),
    "appointments": (
        f"""appointments(first: 100%s) {{ edges {{ node {{ id status startsAt endsAt fee {MONEY} doctor {{ id }}
        symptoms priorMedicalHistory cancellationReason rescheduleCount createdAt updatedAt }} }}
        pageInfo {{ hasNextPage endCursor }} }}""",
        """prescriptions(first: 100%s) { edges { node { id version issuedAt doctor { id } appointment { id }
        diagnosis medicines { name type dosage frequency durationDays remarks } advice } }
        pageInfo { hasNextPage endCursor } }""",
        "waitlistEntries { id doctor { id } from to status offerExpiresAt }",
    ),
    "payments": (
        f"""payments(first: 100%s) {{ edges {{ node {{ id status method receiptNumber createdAt amount {MONEY}
        refundedAmount {MONEY} appointment {{ id }} }} }} pageInfo {{ hasNextPage endCursor }} }}""",
    ),
    "notifications": (
        """notifications(first: 100%s) { edges { node { id kind channel subject status createdAt sentAt } }
        pageInfo { hasNextPage endCursor } }""",
        "notificationPreferences { reminders marketing locale }",
    ),
    "security": (
        """accessLog(first: 100%s) { edges { node { at action resourceType resourceId outcome actor { id } } }
        pageInfo { hasNextPage endCursor } }""",
    ),
}
OF_DOCTOR: Mapping[str, tuple[str, ...]] = {
    "doctors": (
        f"""firstName lastName status speciality qualifications yearsOfExperience languages bio timeZone
        consultationFee {MONEY} registrationNumber reviewComments averageRating ratingCount createdAt privateDetails
        {DOCUMENTS}""",
    ),
    "appointments": (
        f"""appointments(first: 100%s) {{ edges {{ node {{ id status startsAt endsAt fee {MONEY} createdAt }} }}
        pageInfo {{ hasNextPage endCursor }} }}""",
    ),
    "ratings": (
        """ratings(first: 100%s) { edges { node { id stars comment createdAt } }
        pageInfo { hasNextPage endCursor } }""",
    ),
}
RATED = "rating { id stars comment status createdAt }"


async def gather(entities: EntityClient, profile_id: str) -> dict[str, Any]:
    """Answer what each subgraph holds about a profile, by subgraph. Raises SubgraphUnavailable."""
    typename, asked = ("User", OF_USER) if profile_id.startswith("usr_") else ("Doctor", OF_DOCTOR)
    held: dict[str, Any] = {}
    for subgraph, selections in asked.items():
        held[subgraph] = {}
        for selection in selections:
            held[subgraph] = {**await _ask(entities, subgraph, typename, profile_id, selection), **held[subgraph]}
    if typename == "User":
        held["ratings"] = {"ratings": await _ratings(entities, held["appointments"]["appointments"])}
    return held


async def _ask(entities: EntityClient, subgraph: str, typename: str, profile_id: str, selection: str) -> dict[str, Any]:
    if "%s" not in selection:
        return await entities.entity(subgraph, typename, profile_id, selection, fresh=True) or {}
    name, after = selection.partition("(")[0], ""
    rows: list[dict[str, Any]] = []
    while True:
        found = await entities.entity(subgraph, typename, profile_id, selection % after, fresh=True)
        page = (found or {}).get(name)
        if page is None:
            return {name: rows}
        rows += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return {name: rows}
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


async def _ratings(entities: EntityClient, appointments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in appointments if row["status"] == "COMPLETED"]
    found = await entities.entities("ratings", "Appointment", ids, RATED, fresh=True) if ids else []
    return [
        {**row["rating"], "appointment": {"id": appointment_id}}
        for appointment_id, row in zip(ids, found, strict=True)
        if row and row["rating"]
    ]
