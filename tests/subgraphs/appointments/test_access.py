"""Who may: every door with every kind of caller."""

from typing import Any

import pytest

from shared.auth import ANONYMOUS, Caller
from tests.subgraphs.appointments.asking import TEN, booked, confirmed, kinds, publish, weekly
from tests.subgraphs.callers import (
    ADMIN,
    DOCTOR,
    EXPIRED,
    OTHER_DOCTOR,
    OTHER_PATIENT,
    PATIENT,
    SUPPORT,
    UNVERIFIED,
    service,
)
from tests.subgraphs.harness import World, code_of

SERVICE = service("appointments:read")
CALLERS = {
    "anonymous": ANONYMOUS,
    "unverified": UNVERIFIED,
    "patient": PATIENT,
    "other patient": OTHER_PATIENT,
    "doctor": DOCTOR,
    "other doctor": OTHER_DOCTOR,
    "support": SUPPORT,
    "admin": ADMIN,
    "service": SERVICE,
    "expired": EXPIRED,
}
MUTATIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "publishAvailability": ({"weekly": weekly(), "slotMinutes": 30}, {"doctor", "other doctor"}),
    "overrideAvailability": ({"date": "2026-12-24", "windows": []}, {"doctor", "other doctor"}),
    "bookAppointment": (
        {"doctorId": "doc_doctor", "startsAt": TEN, "idempotencyKey": "k"},
        {"unverified", "patient", "other patient"},
    ),
    "rescheduleAppointment": (
        {"appointmentId": "apt_none", "startsAt": TEN, "idempotencyKey": "k"},
        {"unverified", "patient", "other patient", "admin"},
    ),
    "cancelAppointment": (
        {"appointmentId": "apt_none", "reason": "No", "idempotencyKey": "k"},
        {"unverified", "patient", "other patient", "doctor", "other doctor", "admin"},
    ),
    "checkInAppointment": ({"appointmentId": "apt_none"}, {"doctor", "other doctor", "admin"}),
    "completeAppointment": ({"appointmentId": "apt_none"}, {"doctor", "other doctor", "admin"}),
    "markNoShow": ({"appointmentId": "apt_none"}, {"doctor", "other doctor", "admin"}),
    "issuePrescription": (
        {"appointmentId": "apt_none", "diagnosis": "Flu", "medicines": []},
        {"doctor", "other doctor"},
    ),
    "joinWaitlist": (
        {"doctorId": "doc_doctor", "from": "2026-11-24", "to": "2026-11-24"},
        {"unverified", "patient", "other patient"},
    ),
    "leaveWaitlist": ({"waitlistEntryId": "wle_none"}, {"unverified", "patient", "other patient"}),
}
INPUTS = {
    "checkInAppointment": "AppointmentTransitionInput",
    "completeAppointment": "AppointmentTransitionInput",
    "markNoShow": "AppointmentTransitionInput",
}
ENTITY_FIELDS: dict[tuple[str, str], set[str]] = {
    ("Doctor", 'slots(from: "2026-11-24", to: "2026-11-24") { startsAt }'): set(CALLERS) - {"expired"},
    ("Doctor", "nextAvailableSlot { startsAt }"): set(CALLERS) - {"expired"},
    ("Doctor", 'openDates(from: "2026-11-24", to: "2026-11-24")'): {"service"},
    ("Doctor", "appointments { totalCount }"): {"doctor", "support", "admin", "service"},
    ("User", "appointments { totalCount }"): set(CALLERS) - {"anonymous", "other patient", "expired"},
    ("User", "prescriptions { edges { cursor } }"): {"unverified", "patient", "doctor", "other doctor"},
    ("User", "waitlistEntries { id }"): {"unverified", "patient", "support", "admin", "service"},
}
IDS = {"Doctor": "doc_doctor", "User": "usr_patient"}


def refusal_of(name: str) -> str:
    return "UNAUTHENTICATED" if name in {"anonymous", "expired"} else "FORBIDDEN"


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_each_mutation_is_for_those_named_and_refuses_the_others_unwritten(world: World, mutation: str) -> None:
    input_, allowed = MUTATIONS[mutation]
    kind = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
    query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    world.peers.knows("Account", str(PATIENT.account_id), emailVerified=False)

    for name in set(CALLERS) - allowed:
        answer = await world.ask(query, {"input": input_}, as_=CALLERS[name])
        assert code_of(answer) == refusal_of(name), name
    assert await world.published() == []
    for name in allowed:
        answer = await world.ask(query, {"input": input_}, as_=CALLERS[name])
        assert code_of(answer) is None, name


@pytest.mark.parametrize("place", ENTITY_FIELDS)
async def test_each_field_of_doctors_and_patients_is_for_those_named(world: World, place: tuple[str, str]) -> None:
    typename, field = place
    await publish(world)
    query = f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {typename} {{ {field} }} }} }}"
    variables = {"r": [{"__typename": typename, "id": IDS[typename]}]}

    for name, caller in CALLERS.items():
        answer = await world.ask(query, variables, as_=caller)
        expected = None if name in ENTITY_FIELDS[place] else refusal_of(name)
        assert code_of(answer) == expected, name


async def test_an_appointment_is_seen_by_those_concerned_and_its_symptoms_by_patient_and_doctor(world: World) -> None:
    await publish(world)
    appointment = await booked(world)
    query = "query($id: ID!) { appointment(id: $id) { id userId } }"
    seeing = {"unverified", "patient", "doctor", "support", "admin", "service"}

    for name, caller in CALLERS.items():
        answer = await world.ask(query, {"id": appointment}, as_=caller)
        if name in {"anonymous", "expired"}:
            assert code_of(answer) == "UNAUTHENTICATED"
        else:
            expected = {"id": appointment, "userId": "usr_patient"} if name in seeing else None
            assert answer == {"data": {"appointment": expected}}, name


@pytest.mark.parametrize(
    ("caller", "symptoms"),
    [(PATIENT, "Cough"), (DOCTOR, "Cough"), (ADMIN, None), (SUPPORT, None), (SERVICE, None)],
)
async def test_clinical_text_is_for_patient_and_doctor_and_its_reading_on_record(
    world: World, caller: Caller, symptoms: str | None
) -> None:
    await publish(world)
    answer = await world.ask(
        """mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) { appointment { id } } }""",
        {"input": {"doctorId": "doc_doctor", "startsAt": TEN, "idempotencyKey": "k", "symptoms": "Cough"}},
        as_=PATIENT,
    )
    appointment = answer["data"]["bookAppointment"]["appointment"]["id"]
    before = len(await world.published())

    found = await world.ask(
        "query($id: ID!) { appointment(id: $id) { symptoms priorMedicalHistory } }", {"id": appointment}, as_=caller
    )

    assert found["data"]["appointment"] == {"symptoms": symptoms, "priorMedicalHistory": None}
    read = [
        (one.data["actor_id"], one.data["action"], one.data["user_id"]) for one in (await world.published())[before:]
    ]
    assert read == ([(caller.account_id, "appointment.read", "usr_patient")] if symptoms else [])


async def test_a_doctor_sees_of_a_patient_only_the_appointments_with_themselves(world: World) -> None:
    await publish(world)
    await publish(world, as_=OTHER_DOCTOR)
    mine = await confirmed(world)
    query = """query($r: [_Any!]!) { _entities(representations: $r) { ... on User {
        appointments(filter: {status: [CONFIRMED, EXPIRED]}) { totalCount edges { node { id } } } } } }"""
    variables = {"r": [{"__typename": "User", "id": "usr_patient"}]}

    doctors = await world.ask(query, variables, as_=DOCTOR)
    others = await world.ask(query, variables, as_=OTHER_DOCTOR)

    assert doctors["data"]["_entities"][0]["appointments"] == {"totalCount": 1, "edges": [{"node": {"id": mine}}]}
    assert others["data"]["_entities"][0]["appointments"] == {"totalCount": 0, "edges": []}
    assert "appointment.booked" in await kinds(world)
