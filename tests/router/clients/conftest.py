"""Real clients from npm against the router's server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stack.servers.server import CannotInstall

from .npm import CLIENTS, install
from .script import Node


@pytest.fixture(scope="session")
def packages() -> Path:
    try:
        return install("clients", CLIENTS)
    except CannotInstall as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def node(packages: Path) -> AsyncIterator[Node]:
    node = Node(packages, Path(__file__).parent / "scripts")
    yield node
    await node.kill()
