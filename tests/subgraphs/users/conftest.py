"""A users subgraph on its own, with the security subgraph stood in for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.subgraphs.harness import World

REGISTER = """
mutation($input: RegisterUserInput!) {
  registerUser(input: $input) {
    user { id firstName lastName email phone dateOfBirth timeZone locale createdAt documents { id } }
    userErrors { field code message }
  }
}
"""
ASHA = {
    "email": "asha@example.com",
    "password": "correct horse battery staple",
    "firstName": " Asha ",
    "lastName": "Rao",
    "dateOfBirth": "1990-02-28",
    "phone": "+91 98765 43210",
    "timeZone": "Asia/Kolkata",
    "locale": "en-in",
}


class Accounts:
    """The security subgraph: one account for each address."""

    def __init__(self) -> None:
        self.by_email: dict[str, str] = {}

    def create(self, variables: dict[str, Any]) -> dict[str, str | None]:
        asked = variables["input"]
        if len(asked["password"]) < 8:
            return {"accountId": None, "refusal": "WEAK_PASSWORD", "message": "Use 8 characters or more."}
        if "@" not in asked["email"]:
            return {"accountId": None, "refusal": "INVALID_EMAIL", "message": "This is not an e-mail address."}
        if asked["email"].lower() in self.by_email:
            return {"accountId": None, "refusal": "EMAIL_TAKEN", "message": "This address has an account."}
        self.by_email[asked["email"].lower()] = account_id = asked["profileId"].replace("usr_", "acc_")
        return {"accountId": account_id, "refusal": None, "message": None}


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path) -> AsyncIterator[World]:
    world = await World.open("users", mongo_url=mongo_url, folder=tmp_path)
    world.peers.mutations["createAccount"] = Accounts().create
    yield world
    await world.close()
