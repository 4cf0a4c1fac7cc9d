"""What a server answers is tested both ways: as an ASGI application, and by the bytes of its own HTTP connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .clients import go_by_wire

_BOTH_WAYS = frozenset(
    {"test_authorization", "test_compression", "test_cost", "test_http", "test_origins", "test_persisted", "test_rates"}
    | {"test_tokens"}
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in _BOTH_WAYS:
        metafunc.parametrize("way", ["by ASGI", "by wire"], indirect=True)


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `exchange` go this way."""
    go_by_wire(by_wire=getattr(request, "param", None) == "by wire")
    yield
    go_by_wire(by_wire=False)
