"""A peer shaped like Stripe's API, for its real client: payment intents, refunds, idempotency keys, signed webhooks.

It does what https://docs.stripe.com/api says of these calls, as far as a charge of a card goes. `pm_card_visa` is
charged, `pm_card_chargeDeclined` is declined, `pm_card_authenticationRequired` wants its holder; no other is known.
"""

import asyncio
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY = "sk_test_peer"
WEBHOOK_SECRET = "whsec_peer"
DECLINED = "pm_card_chargeDeclined"
WANTS_ITS_HOLDER = "pm_card_authenticationRequired"


class Refused(Exception):
    """An error of the API's; `intent` is told with it."""

    def __init__(
        self, status: int, code: str, *, param: str | None = None, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "param": param, "message": f"No: {code}"}}


@dataclass
class StripePeer:
    """What it holds; `faults` come to the next calls whose path ends so: a status, "lost" or "unheard"."""

    port: int = 0
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    answered: dict[str, tuple[object, int, Any]] = field(default_factory=dict)
    faults: list[tuple[str, int | str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    """The cards of all confirmations that were more than an answer again."""

    @property
    def url(self) -> str:
        return f"stripe://{KEY}:{WEBHOOK_SECRET}@api.stripe.com?endpoint=http://127.0.0.1:{self.port}"

    def moved(self, key: str) -> int:
        """What a charge's card has paid, less what it got back."""
        paid = [
            one for one in self.intents.values() if one["metadata"]["payment"] == key and one["status"] == "succeeded"
        ]
        back = sum(
            int(one["amount"]) for one in self.refunds if one["payment_intent"] in [intent["id"] for intent in paid]
        )
        return sum(int(one["amount"]) for one in paid) - back

    def notice(self, kind: str, key: str, number: str = "1") -> tuple[bytes, str]:
        """Write a webhook about a charge, and its signature."""
        about = {"id": "pi_x", "object": "payment_intent", "metadata": {"payment": key}}
        body = json.dumps({"id": f"evt_{number}", "object": "event", "type": kind, "data": {"object": about}}).encode()
        return body, self.sign(body, int(time.time()))

    def sign(self, body: bytes, at: int) -> str:
        """Sign as https://docs.stripe.com/webhooks says."""
        mac = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, sha256).hexdigest()
        return f"t={at},v1={mac}"

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Answer one call: status and JSON."""
        path = urlsplit(target).path.removeprefix("/v1/")
        given = dict(parse_qsl(body.decode() or urlsplit(target).query))
        if headers.get("authorization") != f"Bearer {KEY}":
            return 401, Refused(401, "invalid_api_key").body
        key = headers.get("idempotency-key") if method == "POST" else None
        if key in self.answered:
            before, status, known = self.answered[key]
            if before != (path, given):
                return 400, Refused(400, "idempotency_key_in_use", kind="idempotency_error").body
            return status, known
        try:
            status, found = 200, self._act(method, path, given)
        except Refused as refused:
            status, found = refused.status, refused.body
        if key is not None:
            # What was answered stays so, whatever becomes of the intent.
            self.answered[key] = ((path, given), status, json.loads(json.dumps(found)))
        return status, found

    def _act(self, method: str, path: str, given: dict[str, str]) -> Any:
        match [method, *path.split("/")]:
            case ["POST", "payment_intents"]:
                return self._make(given)
            case ["GET", "payment_intents", intent]:
                return self._intent(intent)
            case ["POST", "payment_intents", intent, "confirm"]:
                return self._confirm(self._intent(intent), given)
            case ["POST", "payment_intents", intent, "cancel"]:
                return self._cancel(self._intent(intent))
            case ["POST", "refunds"]:
                return self._refund(given)
            case ["GET", "refunds"]:
                found = [one for one in self.refunds if one["payment_intent"] == given["payment_intent"]]
                return {"object": "list", "url": "/v1/refunds", "has_more": False, "data": found}
        raise Refused(404, "resource_missing")

    def _make(self, given: dict[str, str]) -> dict[str, Any]:
        assert given["allowed_payment_method_types[0]"] == "card"
        if int(given["amount"]) < 1:
            raise Refused(400, "parameter_invalid_integer", param="amount")
        made: dict[str, Any] = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "amount": int(given["amount"]),
            "currency": given["currency"],
            "status": "requires_payment_method",
            "last_payment_error": None,
            "metadata": {"payment": given["metadata[payment]"]},
        }
        self.intents[made["id"]] = made
        return made

    def _intent(self, intent: str) -> dict[str, Any]:
        if intent not in self.intents:
            raise Refused(404, "resource_missing", param="intent")
        return self.intents[intent]

    def _confirm(self, intent: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
        if intent["status"] != "requires_payment_method":
            raise Refused(400, "payment_intent_unexpected_state")
        method = given["payment_method"]
        self.tried.append(method)
        if method == WANTS_ITS_HOLDER and given.get("error_on_requires_action") != "true":
            intent["status"] = "requires_action"
            return intent
        if method in {DECLINED, WANTS_ITS_HOLDER}:
            code = "card_declined" if method == DECLINED else "authentication_required"
            intent["last_payment_error"] = {"type": "card_error", "code": code}
            raise Refused(402, code, kind="card_error")
        if method != "pm_card_visa":
            raise Refused(400, "resource_missing", param="payment_method")
        intent["status"] = "succeeded"
        return intent

    def _cancel(self, intent: dict[str, Any]) -> dict[str, Any]:
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise Refused(400, "payment_intent_unexpected_state")
        intent["status"] = "canceled"
        return intent

    def _refund(self, given: dict[str, str]) -> dict[str, Any]:
        key = self._intent(given["payment_intent"])["metadata"]["payment"]
        if int(given["amount"]) > self.moved(key):
            raise Refused(400, "charge_already_refunded", param="amount")
        made = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "payment_intent": given["payment_intent"],
            "amount": int(given["amount"]),
            "status": "succeeded",
            "metadata": {"refund": given["metadata[refund]"]},
        }
        self.refunds.append(made)
        return made

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.asked.append(f"{method} {urlsplit(target).path}")
                fault = self._fault(urlsplit(target).path)
                if fault == "unheard":
                    return
                status, found = (
                    (fault, Refused(fault, "fault", kind="api_error").body)
                    if isinstance(fault, int)
                    else self.answer(method, target, headers, body)
                )
                if fault == "lost":
                    return
                text = json.dumps(found).encode()
                writer.write(b"HTTP/1.1 %d -\r\ncontent-length: %d\r\n\r\n%b" % (status, len(text), text))
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def _fault(self, path: str) -> int | str | None:
        if self.faults and path.endswith(self.faults[0][0]):
            return self.faults.pop(0)[1]
        return None


@asynccontextmanager
async def stripe_peer() -> AsyncIterator[StripePeer]:
    """Listen on a port of loopback."""
    peer = StripePeer()
    server = await asyncio.start_server(peer._serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield peer
