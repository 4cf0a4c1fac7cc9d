"""A client that knows only the contract and the product's addresses: GraphQL over HTTP and WebSocket, the mailbox."""

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Self

import httpx
import websockets

from tests.stories.mail import Mail, MailboxMails, Mails, SesMails

PATIENCE_SECONDS = 240.0 if os.environ.get("STACK") else 45.0
_numbers = itertools.count(1)


class Answered(AssertionError):
    """The API answered with top-level errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.codes = [error.get("extensions", {}).get("code") for error in errors]
        self.errors = errors


class Client:
    """Somebody who talks to the API; `sign_in` answers another one, who is signed in."""

    ses_of: ClassVar[dict[str, str]] = {}
    """Where platforms that have no mailbox, by their addresses, hand their mails over."""

    def __init__(self, url: str, access_token: str | None = None, refresh_token: str | None = None) -> None:
        self.url = url
        self.access_token = access_token
        self.refresh_token = refresh_token
        self._http = httpx.AsyncClient(base_url=url, timeout=120)
        self._signed_in: list[Self] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._signed_in:
            await client.__aexit__()
        await self._http.aclose()

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.access_token}"} if self.access_token else {}
        return await self._http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Answer the data; raises Answered if there are errors."""
        body = (await self.post(query, **variables)).json()
        if body.get("errors"):
            raise Answered(body["errors"])
        data: dict[str, Any] = body["data"]
        return data

    async def do(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        """Run a mutation of one input; answers its payload, userErrors included."""
        type_ = mutation[0].upper() + mutation[1:] + "Input"
        type_ = INPUT_TYPES.get(mutation, type_)
        payload_fields = f"{selection} userErrors {{ message field code }}"
        query = f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ {payload_fields} }} }}"
        payload: dict[str, Any] = (await self.ask(query, input=given))[mutation]
        return payload

    async def done(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        """Run a mutation that must not be refused."""
        payload = await self.do(mutation, selection, **given)
        assert payload["userErrors"] == [], (mutation, payload["userErrors"])
        return payload

    async def sign_in(self, email: str, password: str) -> Self:
        payload = await self.done("signIn", "session { accessToken refreshToken }", email=email, password=password)
        session = payload["session"]
        client = type(self)(self.url, session["accessToken"], session["refreshToken"])
        self._signed_in.append(client)
        return client

    async def mails(self, to: str) -> list[Mail]:
        """Answer the mails to an address, newest first."""
        elsewhere = self.ses_of.get(self.url)
        mails: Mails = SesMails(self._http, elsewhere) if elsewhere else MailboxMails(self._http)
        return await mails.to(to)

    async def mail(self, to: str, about: str) -> Mail:
        """Wait for a mail whose subject holds `about`."""

        async def look() -> Mail | None:
            return next((mail for mail in await self.mails(to) if about in mail.subject), None)

        found: Mail = await self.until(look, f"a mail to {to} about {about!r}")
        return found

    async def until(self, look: Any, what: str, patience: float = PATIENCE_SECONDS) -> Any:
        """Look until there is something to see."""
        ends = time.monotonic() + patience
        while True:
            seen = await look()
            if seen:
                return seen
            assert time.monotonic() < ends, f"waited in vain for {what}"
            await asyncio.sleep(0.05)

    async def fetch(self, url: str) -> httpx.Response:
        return await self._http.get(url)

    async def upload(self, target: dict[str, Any], data: bytes) -> httpx.Response:
        fields = {field["name"]: field["value"] for field in target["fields"]}
        return await self._http.request(target["method"], target["url"], data=fields, files={"file": data})

    @asynccontextmanager
    async def following(self, subscription: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Subscribe over graphql-transport-ws; yields the data of each event."""
        address = self.url.replace("http", "ws", 1) + "/graphql"
        async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            payload = {"Authorization": f"Bearer {self.access_token}"} if self.access_token else {}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            request = {"query": subscription, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": request}))
            yield _events(socket)


async def _events(socket: websockets.ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for raw in socket:
        message = json.loads(raw)
        if message["type"] == "ping":
            await socket.send(json.dumps({"type": "pong"}))
        elif message["type"] == "next":
            assert not message["payload"].get("errors"), message["payload"]["errors"]
            yield message["payload"]["data"]
        elif message["type"] == "error":
            raise Answered(message["payload"])
        elif message["type"] == "complete":
            return


INPUT_TYPES = {
    "createUserDocumentUpload": "CreateDocumentUploadInput",
    "createDoctorDocumentUpload": "CreateDocumentUploadInput",
    "completeUserDocumentUpload": "CompleteDocumentUploadInput",
    "completeDoctorDocumentUpload": "CompleteDocumentUploadInput",
    "deleteUserDocument": "DeleteDocumentInput",
    "deleteDoctorDocument": "DeleteDocumentInput",
    "approveDoctor": "ReviewDoctorInput",
    "rejectDoctor": "ReviewDoctorInput",
    "suspendDoctor": "ReviewDoctorInput",
    "reinstateDoctor": "ReviewDoctorInput",
    "checkInAppointment": "AppointmentTransitionInput",
    "completeAppointment": "AppointmentTransitionInput",
    "markNoShow": "AppointmentTransitionInput",
}


def someone(name: str) -> str:
    """Answer an e-mail address that nobody has had."""
    return f"{name}-{next(_numbers)}-{time.time_ns() % 10**9}@people.example"
