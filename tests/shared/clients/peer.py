"""An HTTP peer whose answers a test writes down beforehand, and a subgraph of doctors."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from shared.clients.entities import EntityClient
from shared.clients.graphql_calls import CallRules
from shared.clients.retrying import Backoff
from shared.clients.transport import HttpAnswer
from shared.clock import ManualClock

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
URL = "http://doctors.test/graphql"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that arrived."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float

    @property
    def json(self) -> Any:
        """The body of a GraphQL request."""
        return orjson.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        """The body of a form."""
        return parse_qs(self.body.decode())

    @property
    def ids(self) -> list[str]:
        """The ids of the entities asked for."""
        return [representation["id"] for representation in self.json["variables"]["representations"]]


Reaction = HttpAnswer | Exception | Callable[[Asked], HttpAnswer]


class ScriptedHttp:
    """Reacts to each request as the script says, the last reaction staying; answers nothing while `gate` is closed."""

    def __init__(self, *script: Reaction) -> None:
        self.script = list(script)
        self.asked: list[Asked] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._arrived = asyncio.Condition()

    async def hears(self, count: int) -> None:
        """Return once so many requests have arrived."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= count)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,  # noqa: ASYNC109 - The port's own signature.
    ) -> HttpAnswer:
        asked = Asked(method, url, headers, body or b"", timeout)
        self.asked.append(asked)
        async with self._arrived:
            self._arrived.notify_all()
        reaction = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        await self.gate.wait()
        if isinstance(reaction, Exception):
            raise reaction
        return reaction if isinstance(reaction, HttpAnswer) else reaction(asked)


def json_answer(content: object, status: int = 200) -> HttpAnswer:
    """Answer JSON."""
    return HttpAnswer(status, {"content-type": "application/json"}, orjson.dumps(content))


def doctors(asked: Asked) -> HttpAnswer:
    """Answer every doctor asked for, but those whose id says that they are missing."""
    entities = [None if "missing" in doctor else {"id": doctor, "languages": ["en"]} for doctor in asked.ids]
    return json_answer({"data": {"_entities": entities}})


@dataclass(slots=True)
class Client:
    """An entity client with everything around it in a test's hands."""

    http: ScriptedHttp
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    pauses: list[float] = field(default_factory=list)
    rules: CallRules = field(default_factory=lambda: CallRules(backoff=Backoff(share=lambda: 1.0)))
    tokens: list[str] = field(default_factory=lambda: ["token"])
    entities: EntityClient = field(init=False)

    def __post_init__(self) -> None:
        self.entities = EntityClient(
            self.http, {"doctors": URL}, self.token, self.clock, rules=self.rules, cache_size=3, pause=self.pause
        )

    async def pause(self, seconds: float) -> None:
        """Write a pause down."""
        self.pauses.append(seconds)

    async def token(self) -> str:
        """Answer one token after the other, the last one staying."""
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]

    async def ask(self, *ids: str, fresh: bool = False) -> Sequence[dict[str, Any] | None]:
        """Ask for doctors."""
        return await self.entities.entities("doctors", "Doctor", ids, "id languages", fresh=fresh)
