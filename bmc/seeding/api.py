"""The public API as the demo's people use it: GraphQL over HTTP, and the mailbox for the links in their mails."""

import asyncio
import re
import time
from typing import Any

import httpx

PATIENCE_SECONDS = 60.0


class SeedFailed(Exception):
    """The platform refused something that the demo needs; the message is one line."""


class Api:
    """One person's view of the platform; nobody's, without a token."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._token = token

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Answer the data of a query; raises SeedFailed."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            answer = await self._http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        except httpx.TransportError as error:
            raise SeedFailed(f"nothing answers at {self._http.base_url}; start it with `bmc up`") from error
        body = answer.json()
        if body.get("errors"):
            raise SeedFailed(body["errors"][0]["message"])
        data: dict[str, Any] = body["data"]
        return data

    async def do(self, mutation: str, type_: str, fields: str, **given: Any) -> dict[str, Any]:
        """Run a mutation; answers its payload, refused or not."""
        selection = f"{fields} userErrors {{ message code }}"
        query = f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ {selection} }} }}"
        payload: dict[str, Any] = (await self.ask(query, input=given))[mutation]
        return payload

    async def done(self, mutation: str, type_: str, fields: str, **given: Any) -> dict[str, Any]:
        """Run a mutation that must not be refused; raises SeedFailed."""
        payload = await self.do(mutation, type_, fields, **given)
        if payload["userErrors"]:
            raise SeedFailed(f"{mutation}: {payload['userErrors'][0]['message']}")
        return payload

    async def sign_in(self, email: str, password: str) -> "Api | None":
        """Answer this person's view; None if there is no such account."""
        payload = await self.do("signIn", "SignInInput", "session { accessToken }", email=email, password=password)
        return Api(self._http, payload["session"]["accessToken"]) if payload["session"] else None

    async def verify(self, email: str) -> None:
        """Follow the link of the verification mail."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            mails = (await self._http.get("/mailbox/messages", params={"to": email})).json()
            for mail in mails:
                link = re.search(r"/verify-email\?token=(\S+)", mail["text"])
                if link:
                    await self.done("verifyEmail", "VerifyEmailInput", "account { id }", token=link[1])
                    return
            await asyncio.sleep(0.1)
        raise SeedFailed(f"no verification mail came to {email}; the demo needs the embedded mailbox")
