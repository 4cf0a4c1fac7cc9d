"""GraphiQL in a browser that has no internet: it runs queries and subscriptions, and shows their plans."""

import asyncio
import json

from tests.browser.conftest import Browser
from tests.stories.client import Client
from tests.stories.people import EVERY_DAY, a_doctor, a_patient

SET = "(text) => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(text)"
SET_HEADERS = """(text) => [...document.querySelectorAll('.graphiql-editor-tool .CodeMirror')]
  .at(-1).CodeMirror.setValue(text)"""
RESULT = ".result-window"
RUN = "button[aria-label^='Execute query']"


async def open_graphiql(browser: Browser) -> None:
    await browser.page.goto(f"{browser.url}/", wait_until="load")
    await browser.page.locator(".graphiql-query-editor .CodeMirror").wait_for()


async def test_a_query_is_run_and_its_plan_is_shown(browser: Browser, anyone: Client, admin: Client) -> None:
    doctor = await a_doctor(anyone, admin)
    await open_graphiql(browser)

    await browser.page.evaluate(SET, f'{{ doctor(id: "{doctor.id}") {{ lastName nextAvailableSlot {{ startsAt }} }} }}')
    await browser.page.locator(RUN).click()

    await browser.reads(RESULT, '"lastName": "Iyer Pune"')
    await browser.reads(RESULT, '"nextAvailableSlot"')
    await browser.page.locator("button[aria-label='Show Query plan']").click()
    await browser.reads("pre.plan", "doctors")
    await browser.reads("pre.plan", "appointments")
    await browser.page.locator("button[aria-label='Show Documentation Explorer']").click()
    await browser.reads(".graphiql-plugin", "Query")


async def test_the_headers_editor_signs_one_in(browser: Browser, anyone: Client) -> None:
    patient = await a_patient(anyone)
    await open_graphiql(browser)
    await browser.page.evaluate(SET, "{ me { email user { firstName } } }")
    await browser.page.locator(RUN).click()
    await browser.reads(RESULT, '"me": null')

    await browser.page.get_by_role("button", name="Headers").click()
    await browser.page.evaluate(SET_HEADERS, json.dumps({"Authorization": f"Bearer {patient.client.access_token}"}))
    await browser.page.locator(RUN).click()

    await browser.reads(RESULT, patient.email)
    await browser.reads(RESULT, '"firstName": "Asha"')


async def test_a_subscription_shows_events_as_they_come(browser: Browser, anyone: Client, admin: Client) -> None:
    doctor = await a_doctor(anyone, admin)
    await open_graphiql(browser)
    await browser.page.evaluate(
        SET, f'subscription {{ availabilityChanged(doctorId: "{doctor.id}") {{ date doctor {{ lastName }} }} }}'
    )
    await browser.page.locator(RUN).click()
    weekly = [{"day": day, "from": "10:00", "to": "12:00"} for day in EVERY_DAY]

    async def publish_until_shown() -> None:
        while "Iyer Pune" not in await browser.page.locator(RESULT).inner_text():
            await doctor.client.done("publishAvailability", "doctor { id }", weekly=weekly, slotMinutes=30)
            await asyncio.sleep(0.5)

    await asyncio.wait_for(publish_until_shown(), 45)
    await browser.reads(RESULT, '"availabilityChanged"')
    assert f"ws{browser.url.removeprefix('http')}/graphql" in browser.asked
