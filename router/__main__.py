"""The command line: `python -m router compose | schema | plan | serve`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from router.errors import RouterError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a refusal is told in its own words on standard error, with status 1."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except (RouterError, OSError, UnicodeDecodeError) as error:
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
    plan.add_argument("--label", action="append", default=[], help="a label of a progressive override that is on")
    plan.add_argument("--json", action="store_true", help="print JSON instead of text")
    plan.add_argument("query", type=Path, help="a file with a GraphQL document")
    plan.set_defaults(run=_plan)

    serve = commands.add_parser("serve", help="serve a supergraph")
    serve.add_argument("--supergraph", type=Path, required=True)
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--config", type=Path, help="settings; see router/config.py")
    serve.add_argument("--workers", type=_count, default=1, help="how many processes share the port")
    serve.set_defaults(run=_serve)
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return int(text)


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
    operation = parse_operation(supergraph.public_schema, text, parsed.operation)
    plan = Planner(supergraph).plan(operation, frozenset(parsed.label))
    sys.stdout.write((json.dumps(plan_to_json(plan), indent=2) if parsed.json else plan_to_text(plan)) + "\n")
    return 0


def _serve(parsed: argparse.Namespace) -> int:
    from router.server.process import Service, serve

    return serve(Service(parsed.supergraph, parsed.config, parsed.host, parsed.port), parsed.workers)


if __name__ == "__main__":
    sys.exit(main())
