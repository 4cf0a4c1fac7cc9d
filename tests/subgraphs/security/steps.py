"""What the tests of this subgraph do over and over: register, sign in, read mail, come from somewhere."""

from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from shared.auth import ANONYMOUS, Caller, read_claims
from shared.ids import new_id
from tests.subgraphs.callers import service
from tests.subgraphs.harness import World
from tests.subgraphs.tokens import token_of

PASSWORD = "correct horse battery"
EMAIL = "asha@example.com"
ADMIN_EMAIL = "admin@example.com"

SESSION = """session { accessToken refreshToken expiresAt
  account { id email emailVerified status roles permissions totpEnabled sessions { id userAgent current } } }
  userErrors { code field message }"""
CREATE = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { accountId refusal message } }"
SIGN_IN = f"mutation($input: SignInInput!) {{ signIn(input: $input) {{ {SESSION} }} }}"
REFRESH = f"mutation($input: RefreshSessionInput!) {{ refreshSession(input: $input) {{ {SESSION} }} }}"
MAIL_TOKEN = "mutation($input: IssueMailTokenInput!) { issueMailToken(input: $input) { token expiresAt } }"
VERIFY = """mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) {
  account { id email emailVerified } userErrors { code field } } }"""
ME = "{ me { id email emailVerified status roles permissions totpEnabled sessions { id current } createdAt } }"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A signed-in place, as a client and as a caller."""

    account_id: str
    caller: Caller
    access_token: str
    refresh_token: str


async def create(world: World, email: str = EMAIL, password: str = PASSWORD, **rest: Any) -> dict[str, Any]:
    """Make an account as the users subgraph does; answers createAccount."""
    profile_id = rest.pop("profileId", None) or new_id("usr")
    wanted = {
        "email": email,
        "password": password,
        "role": "PATIENT",
        "profileId": profile_id,
        "idempotencyKey": profile_id,
        **rest,
    }
    answer = await world.ask(CREATE, {"input": wanted}, as_=service("accounts:create"))
    made: dict[str, Any] = answer["data"]["createAccount"]
    return made


async def change(world: World, mutation: str, input_: dict[str, Any], *, as_: Caller = ANONYMOUS) -> dict[str, Any]:
    """Ask one mutation with one input; answers its payload."""
    answer = await world.ask(mutation, {"input": input_}, as_=as_)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    return payload  # type: ignore[no-any-return]


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """Answer code and field of every user error."""
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def signed_in_by(payload: dict[str, Any]) -> SignedIn:
    """Read a payload with a session."""
    session = payload["session"]
    caller = read_claims(jwt.decode(session["accessToken"], options={"verify_signature": False}))
    return SignedIn(session["account"]["id"], caller, session["accessToken"], session["refreshToken"])


async def sign_in(world: World, email: str = EMAIL, password: str = PASSWORD, **rest: Any) -> SignedIn:
    """Sign in, which must succeed."""
    payload = await change(world, SIGN_IN, {"email": email, "password": password, **rest})
    assert payload["userErrors"] == []
    return signed_in_by(payload)


async def registered(world: World, email: str = EMAIL) -> SignedIn:
    """Make an account and sign in."""
    assert (await create(world, email))["refusal"] is None
    return await sign_in(world, email)


async def mail_token(world: World, account_id: str, purpose: str = "VERIFY_EMAIL", event_id: str = "evt_1") -> str:
    """Ask for a mail's token as the notifications subgraph does."""
    wanted = {"accountId": account_id, "purpose": purpose, "eventId": event_id}
    payload = await change(world, MAIL_TOKEN, wanted, as_=service("mail-tokens:issue"))
    return str(payload["token"])


async def sign_in_from(
    world: World, address: str, password: str = PASSWORD, *, email: str = EMAIL, agent: str = "Firefox"
) -> list[str]:
    """Sign in from an address with a user agent; answers the refusals' codes."""
    headers = {"x-forwarded-for": address, "user-agent": agent}
    payload = await post(world, SIGN_IN, {"email": email, "password": password}, headers)
    return [error["code"] for error in payload["userErrors"]]


async def post(
    world: World, mutation: str, input_: dict[str, Any], headers: dict[str, str], *, as_: Caller = ANONYMOUS
) -> dict[str, Any]:
    """Ask one mutation with headers of one's own; answers its payload."""
    if as_.signed_in:
        headers = {**headers, "authorization": f"Bearer {token_of(as_, world.clock)}"}
    answer = await over_http(
        world, "POST", "/graphql", headers, json={"query": mutation, "variables": {"input": input_}}
    )
    (payload,) = answer.json()["data"].values()
    return payload  # type: ignore[no-any-return]


async def over_http(
    world: World,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    *,
    json: Any = None,
    content: str = "",
) -> httpx.Response:
    """Ask the subgraph's app over HTTP."""
    transport = httpx.ASGITransport(app=world.subgraph.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://subgraph") as client:
        if json is not None:
            return await client.request(method, path, headers=headers, json=json)
        return await client.request(method, path, headers=headers, content=content)


async def kept(world: World, collection: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Answer the documents of a collection."""
    database = world.subgraph.stores[0].database  # type: ignore[attr-defined]  # It is a MongoStore.
    return [row async for row in database[collection].find(query or {}).sort("_id", 1)]


async def announced(world: World, prefix: str = "account.") -> list[str]:
    """Answer the types of the events in the outbox."""
    return [event.type for event in await world.published() if event.type.startswith(prefix)]
