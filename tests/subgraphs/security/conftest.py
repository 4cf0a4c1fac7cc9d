"""A world around the security subgraph: cheap hashing, an admin from the settings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.subgraphs.harness import World
from tests.subgraphs.security.steps import ADMIN_EMAIL, PASSWORD, SignedIn, registered, sign_in


@pytest.fixture
async def world(mongo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setenv("BMC_SECURITY_ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("BMC_SECURITY_ARGON2_PASSES", "1")
    admin = SecretStr(PASSWORD)
    world = await World.open(
        "security", mongo_url=mongo_url, folder=tmp_path, admin_email=ADMIN_EMAIL, admin_password=admin
    )
    yield world
    await world.close()


@pytest.fixture
async def patient(world: World) -> SignedIn:
    return await registered(world)


@pytest.fixture
async def admin(world: World) -> SignedIn:
    return await sign_in(world, ADMIN_EMAIL)
