"""The command: signs the admin in, tells the story with a progress bar, says how to sign in as whom."""

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bmc.seeding.api import Api, SeedFailed
from bmc.seeding.people import DOCTORS, PASSWORD, PATIENTS
from bmc.seeding.story import STEPS, Story
from shared.settings import Settings


async def seed(settings: Settings, out: Console) -> None:
    """Fill the system that runs at the settings' address; raises SeedFailed."""
    async with httpx.AsyncClient(base_url=settings.base_url, timeout=60) as http:
        nobody = Api(http)
        admin = await nobody.sign_in(settings.admin_email, settings.admin_password.get_secret_value())
        if admin is None:
            raise SeedFailed("the demo's doctors need an admin to vet them: set BMC_ADMIN_EMAIL and BMC_ADMIN_PASSWORD")
        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=out) as progress:
            task = progress.add_task("", total=STEPS)
            await Story(nobody, admin, lambda done: progress.update(task, advance=1, description=done)).tell()
    out.print(f"{len(DOCTORS)} doctors, {len(PATIENTS)} patients; everybody's password is: {PASSWORD}", markup=False)
    out.print(f"  a patient  {PATIENTS[0].email}", markup=False)
    out.print(f"  a doctor   {DOCTORS[0].email}", markup=False)
