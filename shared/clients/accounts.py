"""Asks the security subgraph for the account of a new profile: whoever registers people needs one.

The call is idempotent by the profile's id, so that whoever does not know how it ended asks again.
"""

from shared.checks import InvalidInput
from shared.clients.entities import EntityClient
from shared.errors import Refusal, SubgraphUnavailable

CREATE = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { accountId refusal message } }"


class EmailTaken(Refusal):
    """Somebody has an account with this e-mail address."""

    code = "EMAIL_TAKEN"
    message = "There is an account with this e-mail address already."


class WeakPassword(Refusal):
    """The password is too easily guessed."""

    code = "WEAK_PASSWORD"
    message = "Choose a stronger password."


REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "EMAIL_TAKEN": (EmailTaken, "email"),
    "INVALID_EMAIL": (InvalidInput, "email"),
    "WEAK_PASSWORD": (WeakPassword, "password"),
}


class AccountClient:
    """Creates accounts."""

    def __init__(self, entities: EntityClient) -> None:
        self._entities = entities

    async def create(self, *, email: str, password: str, role: str, profile_id: str) -> str:
        """Answer the id of the account made for a profile; `role` is PATIENT or DOCTOR.

        Raises EmailTaken, WeakPassword or InvalidInput, naming the field; SubgraphUnavailable when nobody knows whether
        the account was made.
        """
        account = {"email": email, "password": password, "role": role, "profileId": profile_id}
        data = await self._entities.mutate("security", CREATE, {"input": {**account, "idempotencyKey": profile_id}})
        match data.get("createAccount"):
            case {"refusal": str() as code, "message": message} if code in REFUSALS:
                refusal, field = REFUSALS[code]
                raise refusal(message, field=[field])
            case {"accountId": str() as account_id, "refusal": None}:
                return account_id
            case _:
                raise SubgraphUnavailable("No account could be made; try again.")
