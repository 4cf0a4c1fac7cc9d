"""A doctors subgraph on its own, with security, ratings and appointments stood in for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.auth import Caller
from shared.events.declared import EventData
from tests.subgraphs.callers import ADMIN
from tests.subgraphs.harness import World

REGISTER = """
mutation($input: RegisterDoctorInput!) {
  registerDoctor(input: $input) {
    doctor {
      id firstName lastName status speciality qualifications yearsOfExperience languages bio
      consultationFee { amount currency } timeZone city averageRating ratingCount registrationNumber
      documents { id } reviewComments createdAt
    }
    userErrors { field code message }
  }
}
"""
REVIEW = """
mutation($input: ReviewDoctorInput!) {
  %s(input: $input) { doctor { id status reviewComments } userErrors { field code } }
}
"""
ADDRESS = {
    "line1": "12 MG Road",
    "city": "Bengaluru",
    "region": "Karnataka",
    "postalCode": "560001",
    "countryCode": "in",
    "location": {"latitude": 12.9716, "longitude": 77.5946},
}
MEERA = {
    "email": "meera@example.com",
    "password": "correct horse battery staple",
    "firstName": "Meera",
    "lastName": "Iyer",
    "phone": "+91 98765 43210",
    "registrationNumber": "KMC-12345",
    "speciality": "CARDIOLOGIST",
    "qualifications": ["MBBS", "MD"],
    "yearsOfExperience": 12,
    "languages": ["English", "Hindi"],
    "bio": "Hearts, mostly.",
    "consultationFee": {"amount": "500", "currency": "inr"},
    "timeZone": "Asia/Kolkata",
    "address": ADDRESS,
}


class RatingPublished(EventData):
    type = "rating.published"
    rating_id: str
    doctor_id: str
    version: int


class Clinic:
    """What tests do to a doctors subgraph again and again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._registered = 0
        self._accounts: set[str] = set()
        world.peers.mutations["createAccount"] = self._create_account

    async def register(self, **changes: Any) -> dict[str, Any]:
        """Register a doctor, by default Meera with an address of her own; answers the payload."""
        self._registered += 1
        details = {**MEERA, "email": f"doctor{self._registered}@example.com", **changes}
        answer = await self.world.ask(REGISTER, {"input": details})
        assert "errors" not in answer, answer
        payload: dict[str, Any] = answer["data"]["registerDoctor"]
        return payload

    async def doctor(self, **changes: Any) -> str:
        """Register and approve a doctor; answers the id."""
        payload = await self.register(**changes)
        assert payload["userErrors"] == []
        doctor_id: str = payload["doctor"]["id"]
        assert (await self.review("approveDoctor", doctor_id))["userErrors"] == []
        return doctor_id

    async def review(
        self, decision: str, doctor_id: str, comments: str = "checked", as_: Caller = ADMIN
    ) -> dict[str, Any]:
        """Decide on a doctor; answers the payload."""
        answer = await self.world.ask(
            REVIEW % decision, {"input": {"doctorId": doctor_id, "comments": comments}}, as_=as_
        )
        assert "errors" not in answer, answer
        payload: dict[str, Any] = answer["data"][decision]
        return payload

    async def rate(self, doctor_id: str, *, count: int, total: int, version: int) -> None:
        """Let the ratings subgraph count anew and say so."""
        summary = {"count": count, "totalStars": total, "version": version}
        self.world.peers.knows("Doctor", doctor_id, ratingSummary=summary)
        await self.world.deliver(
            "ratings", doctor_id, RatingPublished(rating_id="rat_1", doctor_id=doctor_id, version=version)
        )

    def _create_account(self, variables: dict[str, Any]) -> dict[str, str | None]:
        asked = variables["input"]
        if asked["email"].lower() in self._accounts:
            return {"accountId": None, "refusal": "EMAIL_TAKEN", "message": "This address has an account."}
        self._accounts.add(asked["email"].lower())
        return {"accountId": asked["profileId"].replace("doc_", "acc_"), "refusal": None, "message": None}


def as_doctor(doctor_id: str) -> Caller:
    """Answer the doctor as a caller."""
    return Caller(account_id=doctor_id.replace("doc_", "acc_"), roles=frozenset({"DOCTOR"}), doctor_id=doctor_id)


@pytest.fixture
async def clinic(mongo_url: str, tmp_path: Path) -> AsyncIterator[Clinic]:
    world = await World.open("doctors", mongo_url=mongo_url, folder=tmp_path)
    yield Clinic(world)
    await world.close()
