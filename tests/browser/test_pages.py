"""The mailbox, and the pages where mails lead: they act on their button, and never because they were opened."""

from typing import Any

from playwright.async_api import Page

from tests.browser.conftest import Browser
from tests.stories.client import Client, someone
from tests.stories.people import PASSWORD, a_patient

VERIFIED = "{ me { emailVerified } }"
STATUS = "[role=status]"


async def a_newcomer(anyone: Client) -> tuple[str, Client]:
    """Somebody who has registered and not verified."""
    email = someone("newcomer")
    given = {"password": PASSWORD, "firstName": "Nina", "lastName": "Rao", "timeZone": "Asia/Kolkata"}
    await anyone.done("registerUser", "user { id }", email=email, **given)
    return email, await anyone.sign_in(email, PASSWORD)


async def me(client: Client) -> Any:
    return (await client.ask(VERIFIED))["me"]


async def test_a_mail_is_read_in_the_mailbox_and_its_link_verifies_by_the_button_alone(
    browser: Browser, anyone: Client
) -> None:
    email, client = await a_newcomer(anyone)
    await anyone.mail(email, "Verify your e-mail address")
    page = browser.page
    await page.goto(f"{browser.url}/mailbox?to={email}")

    await page.get_by_role("link", name="Verify your e-mail address").first.click()
    letter = page.frame_locator("iframe")
    link = letter.get_by_role("link", name="Verify my e-mail")
    await link.wait_for()
    async with page.context.expect_page() as opening:
        await link.click()
    opened: Page = await opening.value
    await opened.wait_for_load_state()

    assert opened.url.startswith(f"{browser.url}/verify-email?token=")
    assert await me(client) == {"emailVerified": False}
    await opened.reload()
    assert await me(client) == {"emailVerified": False}
    await opened.get_by_role("button", name="Verify my e-mail").click()
    await opened.locator(STATUS).filter(has_text="Your e-mail is verified.").wait_for()
    assert await me(client) == {"emailVerified": True}
    assert await opened.get_by_role("button").is_disabled()

    await opened.reload()
    await opened.get_by_role("button", name="Verify my e-mail").click()
    await opened.locator(STATUS).filter(has_text="This link was used").wait_for()


async def test_a_new_password_is_set_on_the_page(browser: Browser, anyone: Client) -> None:
    patient = await a_patient(anyone)
    await anyone.done("requestPasswordReset", "ok", email=patient.email)
    mail = await anyone.mail(patient.email, "Choose a new password")
    page = browser.page
    await page.goto(f"{browser.url}/reset-password?token={mail.token}")

    await page.get_by_label("New password").fill("short")
    await page.get_by_role("button").click()
    await page.locator(STATUS).filter(has_text="characters").wait_for()
    await page.get_by_label("New password").fill("a street with trees 44")
    await page.get_by_role("button").click()

    await page.locator(STATUS).filter(has_text="Your password is set.").wait_for()
    await anyone.sign_in(patient.email, "a street with trees 44")


async def test_the_mailbox_shows_everybodys_mail_newest_first_and_filters_by_address(
    browser: Browser, anyone: Client
) -> None:
    first, _ = await a_newcomer(anyone)
    await anyone.mail(first, "Verify your e-mail address")
    second, _ = await a_newcomer(anyone)
    await anyone.mail(second, "Verify your e-mail address")
    page = browser.page

    await page.goto(f"{browser.url}/mailbox")
    shown = await page.locator("body").inner_text()
    assert shown.index(second) < shown.index(first)

    await page.get_by_role("textbox").fill(first)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/mailbox?to={first.replace('@', '%40')}")
    assert second not in await page.locator("body").inner_text()
