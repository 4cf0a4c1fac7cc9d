"""Waiting until the distributed system has got over something."""

import asyncio
from collections.abc import Sequence
from typing import Final

from tests.stack.native import NativeStack
from tests.stories.client import Client

PATIENCE: Final = 240.0


async def ready(stack: NativeStack, client: Client, parts: Sequence[str]) -> None:
    async def look() -> bool:
        return all([await asyncio.to_thread(stack.is_ready, part) for part in parts])

    await client.until(look, f"{', '.join(parts)} to be ready again", PATIENCE)
