"""Whatever is asked of the public API, by whomever, has a defined answer: documents made at random from the contract.

Some hold to the schema, with values that are empty, negative, long, in scripts and with characters of all kinds; in
others values are of wrong types or missing. They are the same in every run.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema
from graphql.language import StringValueNode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, queries

from tests.stories.client import Client
from tests.stories.people import a_doctor, a_patient, book, pay
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, ROOT, RunningPlatform

EACH, WRONG = 8, 200
"""Documents for each field, and documents with something wrong for each of Query and Mutation."""
CODES = {page.stem for page in (ROOT / "docs" / "errors").glob("*.md")} - {"INTERNAL_SERVER_ERROR"}
CALLERS = ("anyone", "patient", "doctor", "admin")
SCALARS = {
    "DateTime": st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])).map(
        datetime.isoformat
    ),
    "Date": st.dates().map(date.isoformat),
    "LocalTime": st.times().map(lambda time: time.isoformat()) | st.just("24:00"),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str),
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """One of its own: an admin who does anything at random is no company for other tests."""
    with RunningPlatform(tmp_path_factory.mktemp("any-input")) as running:
        yield running


@pytest.fixture
async def callers(platform: RunningPlatform) -> AsyncIterator[dict[str, Client]]:
    async with Client(platform.url) as anyone:
        admin = await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
        doctor, patient = await a_doctor(anyone, admin), await a_patient(anyone)
        appointment = (await book(patient, doctor, doctor.slots[0]))["appointment"]["id"]
        await pay(patient, appointment)
        yield dict(zip(CALLERS, (anyone, patient.client, doctor.client, admin), strict=True))


def documents(schema: GraphQLSchema) -> Iterator[str]:
    """Yield documents that ask for each field of Query and Mutation."""
    scalars = {name: values.map(lambda value: StringValueNode(value=value)) for name, values in SCALARS.items()}
    for root, of in ((schema.query_type, queries), (schema.mutation_type, mutations)):
        assert root is not None
        for field in root.fields:
            yield from drawn(of(schema, fields=[field], custom_scalars=scalars), EACH)
        yield from drawn(of(schema, custom_scalars=scalars, mode=Mode.NEGATIVE), WRONG)


def drawn(documents: st.SearchStrategy[Any], count: int) -> list[str]:
    found: list[str] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents)
    def draw(document: str) -> None:
        found.append(document)

    draw()
    return found


def defined(answer: httpx.Response) -> bool:
    """Tell whether an answer is one that the API may give to bad input: its status, its errors' codes, and a field."""
    errors = answer.json().get("errors") or []
    said = [error.get("extensions", {}) for error in errors]
    named = all(one.get("field") for one in said if one["code"] == "BAD_USER_INPUT")
    return answer.status_code < 500 and named and all(one.get("code") in CODES for one in said)


async def test_whatever_is_asked_is_answered_by_a_defined_code_and_never_by_a_fault_of_ours(
    callers: dict[str, Client],
) -> None:
    asked = list(dict.fromkeys(documents(build_schema((ROOT / "docs" / "contract.graphql").read_text()))))
    assert len(asked) > 500

    strange = []
    for document in asked:
        for name, client in callers.items():
            answer = await client.post(document)
            if not defined(answer):
                strange.append((name, document, answer.text))

    assert strange == []
