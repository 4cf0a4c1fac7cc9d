"""A gate in front of ministack, in its process: what S3 refuses is refused, and a mail is kept as it was sent.

    python -m tests.stack.servers.ministack_gate PORT

ministack 1.4 verifies presigned GETs. It takes any upload form whose file has the right size, answers requests that
nobody signed, and keeps of a mail only its words. The gate adds what our promises rest on:

    POST of a form              policy signed, not expired, every condition met, no field beside them, checksum right
    S3 without any signature    403, as a private bucket answers
    GET /_gate/mails            every mail that was taken: {"to", "from", "tags", "configurationSet", "raw" (base64)}

NOTE: The law of forms is https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html, written
down here a second time, independently of the library by which our adapter signs.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import os
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECRET = os.environ.get("AWS_SECRET_ACCESS_KEY", "test")
UNSIGNED_FIELDS = {"policy", "x-amz-signature"}
MAX_FIELD = 64 * 1024


class Refused(Exception):
    """What S3 answers to a form that is not as its policy wants it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = Response(
            f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>",
            status,
            media_type="application/xml",
        )


class Gate:
    """The ASGI app."""

    def __init__(self, app: ASGIApp, mails: Path) -> None:
        self._app = app
        self._mails = mails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        path = request.url.path
        if path == "/_gate/mails":
            lines = self._mails.read_text().splitlines() if self._mails.exists() else []
            await JSONResponse([json.loads(line) for line in lines])(scope, receive, send)
            return
        body = await request.body()
        try:
            if request.headers.get("content-type", "").startswith("multipart/form-data"):
                await check_form(Request(scope, replay(body)), path.strip("/"))
            elif not signed(request) and not path.startswith(("/_ministack", "/v2/email")):
                raise Refused(403, "AccessDenied", "Access Denied")
        except Refused as refused:
            await refused.answer(scope, receive, send)
            return
        if path == "/v2/email/outbound-emails":
            send = self._keeping(body, send)
        await self._app(scope, replay(body), send)

    def _keeping(self, body: bytes, send: Send) -> Send:
        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                with self._mails.open("a") as mails:
                    mails.write(f"{json.dumps(mail_of(json.loads(body)))}\n")
            await send(message)

        return keep


def mail_of(sent: dict[str, Any]) -> dict[str, Any]:
    """Read what was asked of SES."""
    return {
        "to": sent["Destination"]["ToAddresses"],
        "from": sent["FromEmailAddress"],
        "tags": {tag["Name"]: tag["Value"] for tag in sent.get("EmailTags", [])},
        "configurationSet": sent.get("ConfigurationSetName"),
        "raw": sent["Content"]["Raw"]["Data"],
    }


def signed(request: Request) -> bool:
    """Tell whether a request carries a signature, which ministack looks at if it is in the address."""
    return "authorization" in request.headers or "x-amz-signature" in {name.lower() for name in request.query_params}


async def check_form(request: Request, bucket: str) -> None:
    """Refuse a form as S3 does."""
    form = await request.form(max_part_size=MAX_FIELD)
    items = form.multi_items()
    name, file = items[-1]
    if name != "file" or not isinstance(file, UploadFile):
        raise Refused(400, "InvalidArgument", "POST requires exactly one file upload per request.")
    fields = {name.lower(): str(value) for name, value in items[:-1]}
    data = await file.read()
    policy = verified_policy(fields)
    if datetime.fromisoformat(policy["expiration"]) <= datetime.now(UTC):
        raise Refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    check_conditions(policy["conditions"], {**fields, "bucket": bucket}, len(data))
    checksum = fields.get("x-amz-checksum-sha256")
    if checksum is not None and base64.b64encode(hashlib.sha256(data).digest()).decode() != checksum:
        raise Refused(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")


def verified_policy(fields: dict[str, str]) -> dict[str, Any]:
    """Answer the policy, if whoever holds the secret signed it."""
    encoded = fields.get("policy", "")
    _, date, region, service, _ = fields.get("x-amz-credential", "////").split("/")
    key = f"AWS4{SECRET}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    computed = hmac.new(key, encoded.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(computed, fields.get("x-amz-signature", "")):
        raise Refused(403, "SignatureDoesNotMatch", "The request signature does not match.")
    try:
        policy: dict[str, Any] = json.loads(base64.b64decode(encoded, validate=True))
    except (ValueError, binascii.Error) as error:
        raise Refused(400, "InvalidPolicyDocument", "The policy cannot be read.") from error
    return policy


def check_conditions(conditions: list[Any], values: dict[str, str], size: int) -> None:
    """Refuse what a condition does not allow, and fields that no condition speaks of."""
    covered: set[str] = set()
    for condition in conditions:
        if isinstance(condition, list) and condition[0] == "content-length-range":
            if size < int(condition[1]):
                raise Refused(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")
            if size > int(condition[2]):
                raise Refused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.")
            continue
        matches = (
            [("eq", f"${name}", value) for name, value in condition.items()]
            if isinstance(condition, dict)
            else [condition]
        )
        for operator, field, wanted in matches:
            name = field.removeprefix("$").lower()
            actual = values.get(name)
            met = actual is not None and (actual == wanted if operator == "eq" else actual.startswith(wanted))
            if not met:
                raise Refused(403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {field}")
            covered.add(name)
    if surplus := sorted(set(values) - covered - UNSIGNED_FIELDS):
        raise Refused(403, "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(surplus)}")


def replay(body: bytes) -> Receive:
    """Give a body that was read already to another reader."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def main() -> None:
    # It reads the environment when it is imported.
    app: ASGIApp = import_module("ministack.app").app

    config = Config()
    config.bind = [f"127.0.0.1:{int(sys.argv[1])}"]
    config.loglevel = "WARNING"
    asyncio.run(serve(Gate(app, Path(os.environ["GATE_MAILS"])), config))  # type: ignore[arg-type]  # One ASGI's types and another's.


if __name__ == "__main__":
    main()
