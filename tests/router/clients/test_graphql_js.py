"""graphql-js: what it makes of our introspection, and the audits of GraphQL over HTTP that graphql-http brings."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import print_schema

from router.config import RouterConfig
from router.server import create_app
from router.supergraph import load_supergraph
from router.transport import InProcessTransport
from tests.router.server.federation import SUPERGRAPH
from tests.router.server.listening import listening

from .script import Node
from .serving import served

OURS = Path(__file__).parents[3] / "supergraph.graphql"


@pytest.mark.parametrize("supergraph", [SUPERGRAPH, OURS.read_text()], ids=["small", "ours"])
async def test_a_client_builds_the_public_schema_from_introspection(
    node: Node, tmp_path: Path, supergraph: str
) -> None:
    config = RouterConfig()
    file = tmp_path / "public.graphql"
    file.write_text(print_schema(load_supergraph(supergraph).public_schema))
    app = create_app(supergraph, config, InProcessTransport({}))

    async with listening(app, config) as port:
        said = await node.run("introspection.mjs", f"http://127.0.0.1:{port}/graphql", str(file))

    assert (said[0]["same"], said[0]["different"]) == (True, -1)
    assert said[0]["lines"] > 20


@pytest.mark.parametrize("environment", ["development", "production"])
async def test_every_audit_of_graphql_over_http_passes(node: Node, tmp_path: Path, environment: str) -> None:
    # The audits use introspection to see whether variables arrive.
    async with served(tmp_path, environment=environment, introspection=True) as router:
        said = await node.run("graphql_http.mjs", router.url)

    assert [audit for audit in said if audit["status"] != "ok"] == []
    assert len(said) >= 60
