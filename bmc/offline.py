"""What is done to a stopped platform: open it without serving, do one thing, close it."""

from bmc.admin import ensure_admin
from bmc.home import Home
from bmc.platform import open_platform
from shared.settings import Settings


async def create(settings: Settings, email: str, password: str) -> str:
    """Make an admin; answers the account's id."""
    home = Home(settings.home)
    home.lock()
    try:
        platform = await open_platform(settings, home)
        try:
            return await ensure_admin(platform, email, password)
        finally:
            await platform.close()
    finally:
        home.release()
