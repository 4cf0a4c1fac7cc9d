"""The command line: `python -m router compose | schema | plan | serve`."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from router.config import RouterConfig, load_config
from router.errors import RouterError

if TYPE_CHECKING:
    import uvicorn

    from router.server import ASGIApp, RouterApp


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a refusal is told in its own words on standard error, with status 1."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except (RouterError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="router", description="A federation router.")
    commands = parser.add_subparsers(required=True, metavar="compose | schema | plan | serve")

    compose = commands.add_parser("compose", help="compose subgraphs into a supergraph")
    compose.add_argument("--config", type=Path, required=True, help="supergraph.yaml, in Rover's shape")
    compose.add_argument("--output", type=Path, help="file to write instead of standard output")
    compose.set_defaults(run=_compose)

    schema = commands.add_parser("schema", help="print the schema that clients see")
    schema.add_argument("--supergraph", type=Path, required=True)
    schema.set_defaults(run=_schema)

    plan = commands.add_parser("plan", help="print the plan of a query")
    plan.add_argument("--supergraph", type=Path, required=True)
    plan.add_argument("--operation", help="which operation of the document")
    plan.add_argument("--json", action="store_true", help="print JSON instead of text")
    plan.add_argument("query", type=Path, help="a file with a GraphQL document")
    plan.set_defaults(run=_plan)

    serve = commands.add_parser("serve", help="serve a supergraph")
    serve.add_argument("--supergraph", type=Path, required=True)
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--config", type=Path, help="settings; see router/config.py")
    serve.set_defaults(run=_serve)
    return parser


def _compose(parsed: argparse.Namespace) -> int:
    from router.composition import compose, read_sources

    supergraph = compose(read_sources(parsed.config))
    if parsed.output is None:
        sys.stdout.write(supergraph)
    else:
        parsed.output.write_text(supergraph, encoding="utf-8")
    return 0


def _schema(parsed: argparse.Namespace) -> int:
    from graphql import print_schema

    from router.supergraph import load_supergraph

    supergraph = load_supergraph(parsed.supergraph.read_text(encoding="utf-8"))
    sys.stdout.write(print_schema(supergraph.public_schema) + "\n")
    return 0


def _plan(parsed: argparse.Namespace) -> int:
    from router.operation import parse_operation
    from router.plan.json import plan_to_json
    from router.plan.text import plan_to_text
    from router.planner import Planner
    from router.supergraph import load_supergraph

    supergraph = load_supergraph(parsed.supergraph.read_text(encoding="utf-8"))
    text = parsed.query.read_text(encoding="utf-8")
    plan = Planner(supergraph).plan(parse_operation(supergraph.public_schema, text, parsed.operation))
    sys.stdout.write((json.dumps(plan_to_json(plan), indent=2) if parsed.json else plan_to_text(plan)) + "\n")
    return 0


def _serve(parsed: argparse.Namespace) -> int:
    import uvicorn

    from router.server import ReloadingApp, create_app, network_transport
    from router.server.log_format import JsonFormatter

    config = load_config(parsed.config, os.environ)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    transport = network_transport(config)

    def make(supergraph: str, before: RouterApp | None) -> RouterApp:
        return create_app(supergraph, config, transport, log=before.log if before else None)

    app = ReloadingApp(parsed.supergraph, make)
    _settle_garbage_collector()
    uvicorn.Server(_uvicorn_config(app, parsed.host, parsed.port, config)).run()
    return 0


def _uvicorn_config(app: ASGIApp, host: str, port: int, config: RouterConfig) -> uvicorn.Config:
    """Choose uvicorn's fastest parts; it neither logs requests nor adds headers, the router does."""
    import uvicorn

    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "auto",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        ws_max_size=config.limits.body_bytes,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=max(1, round(config.drain_seconds)),
    )


def _settle_garbage_collector() -> None:
    """Take what start-up made (schemas, above all) out of every later collection, which shortens the longest waits."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main())
