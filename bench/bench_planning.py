"""Planning the queries of the public federation audit, each by a planner that has not seen it before.

The peer is what comes before planning: parsing and validating the same text by graphql-core. With `--audit` another
folder of the same shape is read, such as one with all 46 suites.
"""

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import parse, validate

from bench.figures import ROOT, Row, median, percentile, report
from router.errors import OperationError, PlanError
from router.operation import Operation, parse_operation
from router.planner import Planner
from router.supergraph import Supergraph, load_supergraph

AUDIT = Path(os.environ.get("FEDERATION_AUDIT", ROOT.parent / "shared" / "federation-audit"))
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Suite:
    """One supergraph, and the operations on it that are valid."""

    supergraph: Supergraph
    operations: list[Operation]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--audit", type=Path, default=AUDIT, help="a folder with a folder for each suite")
    suites = [read_suite(path.parent) for path in sorted(arguments.parse_args().audit.glob("*/supergraph.graphql"))]
    if not suites:
        print("the audit's data is not beside this repository: nothing is measured")
        return
    planned = [median(times) for suite in suites for times in zip(*rounds(suite), strict=True)]
    validated = [median(times) for suite in suites for times in zip(*validations(suite), strict=True)]
    built = [built_in(suite) for suite in suites]
    rows = [
        Row("planning, median", median(planned) * 1e3, "ms", "<= 5"),
        Row("planning, 99 of 100", percentile(planned, 0.99) * 1e3, "ms", "<= 25"),
        Row("planning, slowest", max(planned) * 1e3, "ms"),
        Row("planning, all", sum(planned) * 1e3, "ms"),
        Row("planning over parsing and validating, all", sum(planned) / sum(validated), "x"),
        Row("a new planner, median of the supergraphs", median(built) * 1e3, "ms"),
    ]
    report("planning", rows, suites=len(suites), operations=len(planned), rounds=ROUNDS)


def read_suite(folder: Path) -> Suite:
    """Load a suite's supergraph, and those of its queries that can be planned."""
    supergraph = load_supergraph((folder / "supergraph.graphql").read_text())
    planner = Planner(supergraph)
    return Suite(supergraph, list(plannable(planner, supergraph, folder)))


def plannable(planner: Planner, supergraph: Supergraph, folder: Path) -> Iterator[Operation]:
    for path in sorted((folder / "queries").glob("*.graphql")):
        try:
            operation = parse_operation(supergraph.public_schema, path.read_text(), None)
            planner.plan(operation)
        except (OperationError, PlanError):
            # The audit has queries that must be refused.
            continue
        yield operation


def rounds(suite: Suite) -> Iterator[list[float]]:
    """Time each operation, by a new planner each round."""
    for _ in range(ROUNDS):
        planner = Planner(suite.supergraph)
        yield [timed(planner, operation) for operation in suite.operations]


def timed(planner: Planner, operation: Operation) -> float:
    began = time.process_time()
    planner.plan(operation)
    return time.process_time() - began


def validations(suite: Suite) -> Iterator[list[float]]:
    for _ in range(ROUNDS):
        times = []
        for operation in suite.operations:
            began = time.process_time()
            validate(suite.supergraph.public_schema, parse(operation.text))
            times.append(time.process_time() - began)
        yield times


def built_in(suite: Suite) -> float:
    began = time.process_time()
    Planner(suite.supergraph)
    return time.process_time() - began


if __name__ == "__main__":
    main()
