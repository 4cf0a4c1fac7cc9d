"""The facts of a message, asked of their owners at the time of sending and kept nowhere.

`Facts` is what the words of a message may speak of. Everything in it may be said in a mail; nothing clinical is asked.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.clients.entities import EntityClient
from shared.errors import SubgraphUnavailable
from shared.money import Money
from subgraphs.notifications.documents import NotificationDocument

USER = "id firstName email timeZone locale"
DOCTOR = "id firstName lastName email timeZone status reviewComments"
ACCOUNT = "id email emailVerified profileId"
APPOINTMENT = "id status startsAt endsAt payBy fee { amount currency } userId doctorId sequence"
PAYMENT = "id amount { amount currency } refundedAmount { amount currency } receiptNumber"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is written to, or about."""

    name: str
    email: str
    time_zone: str
    locale: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment, without anything clinical."""

    id: str
    status: str
    starts_at: datetime
    ends_at: datetime
    pay_by: datetime | None
    fee: Money
    user_id: str
    doctor_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment."""

    paid: Money
    refunded: Money
    number: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A doctor's standing with the platform."""

    status: str
    comments: str


class Facts:
    """Asks for facts, each time anew: what is sent must be so now."""

    def __init__(self, entities: EntityClient) -> None:
        self._entities = entities

    async def person(self, recipient: str, *, profile_awaited: bool = False) -> Person | None:
        """Answer a recipient by id: usr_…, doc_… or acc_…; an account is its profile where it has one.

        An account is there a moment before its profile is. Who knows no profile knows neither language nor zone, so
        while it is awaited, its absence raises SubgraphUnavailable.
        """
        if recipient.startswith("acc_"):
            account = await self.account(recipient)
            if account is None:
                return None
            profile = await self.person(account["profileId"]) if account["profileId"] else None
            if profile is None and account["profileId"] and profile_awaited:
                raise SubgraphUnavailable("The account's profile is not there yet.")
            return profile or Person("", account["email"], "UTC", "en", "")
        if recipient.startswith("doc_"):
            doctor = await self._one("doctors", "Doctor", recipient, DOCTOR)
            return doctor and Person(
                f"Dr {doctor['lastName']}",
                doctor["email"],
                doctor["timeZone"],
                "en",
                f"Dr {doctor['firstName']} {doctor['lastName']}",
            )
        user = await self._one("users", "User", recipient, USER)
        return user and Person(user["firstName"], user["email"], user["timeZone"], user["locale"], user["firstName"])

    async def account(self, account_id: str) -> dict[str, Any] | None:
        """Answer an account's e-mail, whether it is verified, and its profile."""
        account: dict[str, Any] | None = await self._one("security", "Account", account_id, ACCOUNT)
        return account

    async def export_address(self, account_id: str) -> str | None:
        """Answer a short-lived address of an account's export; None if it is gone."""
        account = await self._one("security", "Account", account_id, "exportUrl")
        address: str | None = account and account["exportUrl"]
        return address

    async def standing(self, doctor_id: str) -> Standing | None:
        """Answer a doctor's status and the reviewer's last comment."""
        doctor = await self._one("doctors", "Doctor", doctor_id, DOCTOR)
        return doctor and Standing(doctor["status"], doctor["reviewComments"] or "")

    async def visit(self, about: dict[str, Any]) -> Visit | None:
        """Answer the appointment that an event was about."""
        row = await self._one("appointments", "Appointment", about["appointment_id"], APPOINTMENT)
        return row and Visit(
            id=row["id"],
            status=row["status"],
            starts_at=datetime.fromisoformat(row["startsAt"]),
            ends_at=datetime.fromisoformat(row["endsAt"]),
            pay_by=datetime.fromisoformat(row["payBy"]) if row["payBy"] else None,
            fee=_money(row["fee"]),
            user_id=row["userId"],
            doctor_id=row["doctorId"],
            sequence=row["sequence"],
        )

    async def receipt(self, about: dict[str, Any]) -> Receipt | None:
        """Answer the payment that an event was about."""
        row = await self._one("payments", "Payment", about["payment_id"], PAYMENT)
        return row and Receipt(_money(row["amount"]), _money(row["refundedAmount"]), row["receiptNumber"] or "")

    async def is_rated(self, about: dict[str, Any]) -> bool:
        """Tell whether an appointment has its rating already."""
        row = await self._one("ratings", "Appointment", about["appointment_id"], "rating { id }")
        return bool(row and row["rating"])

    async def is_paid(self, about: dict[str, Any]) -> bool:
        """Tell whether money was taken for an appointment, or is being taken, whatever has gone back since."""
        row = await self._one("payments", "Appointment", about["appointment_id"], "payment { status }")
        return bool(row and row["payment"] and row["payment"]["status"] != "DECLINED")

    async def mail_token(self, notification: NotificationDocument, account_id: str, purpose: str) -> str:
        """Have a single-use token issued; the same for the same event however often it is asked for."""
        data = await self._entities.mutate(
            "security",
            "mutation($input: IssueMailTokenInput!) { issueMailToken(input: $input) { token } }",
            {"input": {"accountId": account_id, "purpose": purpose, "eventId": notification.event_id}},
        )
        token: str = data["issueMailToken"]["token"]
        return token

    async def _one(self, subgraph: str, typename: str, entity_id: str, fields: str) -> Any:
        return await self._entities.entity(subgraph, typename, entity_id, fields, fresh=True)


def _money(row: dict[str, str]) -> Money:
    return Money(Decimal(row["amount"]), row["currency"])
