"""createAccount, for services: the account of a new profile."""

import strawberry

from shared.errors import Refusal
from subgraphs.security.inputs import CreateAccountInput
from subgraphs.security.loaders import Info
from subgraphs.security.service.registration import Wanted
from subgraphs.security.types import CreateAccountPayload


async def create_account(info: Info, input: CreateAccountInput) -> CreateAccountPayload | None:
    wanted = Wanted(
        email=input.email,
        password=input.password,
        role=input.role.value,
        profile_id=input.profile_id,
        idempotency_key=input.idempotency_key,
    )
    try:
        account = await info.context.service.registration.create(wanted)
    except Refusal as refusal:
        return CreateAccountPayload(refusal=refusal.code, message=refusal.text)
    return CreateAccountPayload(account_id=strawberry.ID(account.id))
