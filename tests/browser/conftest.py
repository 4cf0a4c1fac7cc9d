"""A real browser without the internet: Debian's Chromium, and every request that it makes is looked at."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, async_playwright

from tests.stories.client import Client
from tests.stories.running_platform import ADMIN_EMAIL, ADMIN_PASSWORD, RunningPlatform

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 45_000


@dataclass
class Browser:
    """A page, every address it asked for, and what it complained of."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def answer(self, route: Route) -> None:
        """Let what is on this machine through, and nothing else."""
        self.asked.append(route.request.url)
        if self.is_outside(route.request.url):
            await route.abort()
        else:
            await route.continue_()

    def is_outside(self, address: str) -> bool:
        parts = urlsplit(address)
        return parts.scheme not in {"data", "blob"} and parts.netloc != urlsplit(self.url).netloc

    @property
    def left_the_machine(self) -> list[str]:
        return [address for address in self.asked if self.is_outside(address)]

    async def reads(self, selector: str, text: str) -> None:
        """Wait until an element shows a text."""
        await self.page.locator(selector).filter(has_text=text).first.wait_for(timeout=PATIENCE_MS)


@pytest.fixture
async def browser(platform: RunningPlatform) -> AsyncIterator[Browser]:
    binary = next((found for found in map(shutil.which, NAMES) if found), None)
    if binary is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on PATH (on Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=binary, args=list(QUIET))
        page = await chromium.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(PATIENCE_MS)
        browser = Browser(page, platform.url)
        await page.context.route("**/*", browser.answer)
        watch(page, browser)
        page.context.on("page", lambda opened: watch(opened, browser))
        yield browser
        assert browser.left_the_machine == []
        assert browser.complaints == []
        await chromium.close()


def watch(page: Page, browser: Browser) -> None:
    """Note WebSockets, which routes do not see, and complaints: broken scripts, refused styles, failed requests."""

    def hear(message: Any) -> None:
        if message.type in {"error", "warning"}:
            browser.complaints.append(message.text)

    page.on("websocket", lambda socket: browser.asked.append(socket.url))
    page.on("console", hear)
    page.on("pageerror", lambda error: browser.complaints.append(str(error)))


@pytest.fixture
async def anyone(platform: RunningPlatform) -> AsyncIterator[Client]:
    async with Client(platform.url) as client:
        yield client


@pytest.fixture
async def admin(anyone: Client) -> Client:
    return await anyone.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
