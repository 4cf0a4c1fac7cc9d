"""The router over the team's stub subgraphs: requests/s and CPU of a request, over peers on the same stubs and load.

The stubs, the load (wrk) and the peers' set-up are not in this repository: they are looked for in
`../shared/tools/bench` beside it (`--tools` names another place). A copy of that folder in whose `peers` folder
`npm install` has run adds the peers: @apollo/gateway, and @graphql-hive/gateway with its Rust planner.
Here, too: the CPU of a bare server that only makes the same upstream calls (`bench/bare_router.py`) over the router's.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.figures import ROOT, Row, report

TOOLS = ROOT.parent / "shared" / "tools" / "bench"
GOALS = {
    ("user", "hive-rust"): ">= 15",
    ("user", "apollo"): ">= 20",
    ("big", "hive-rust"): ">= 4",
    ("big", "apollo"): ">= 14",
    ("never seen", "hive-rust"): ">= 2",
    ("never seen", "apollo"): ">= 2",
}
BARE_GOAL = ">= 0.5"
Measured = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=Path, default=TOOLS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    missing = lacking(given.tools)
    if missing:
        print(f"router: not measured, {missing}")
        return
    peers = ["hive-rust", "apollo"] if (given.tools / "peers" / "node_modules").is_dir() else []
    if not peers:
        print(f"router: no peers, since `npm install` has not run in a copy of {given.tools.name}/peers")
    runs = {
        "user": run(given, "user", peers, bare=True),
        "big": run(given, "big", peers),
        "never seen": run(given, "user", peers, unique=True),
    }
    rows = [row for name, measured in runs.items() for row in rows_of(name, measured)]
    report("router", rows, connections=given.connections, rounds=given.rounds, seconds=given.seconds, peers=peers)


def lacking(tools: Path) -> str | None:
    """Say what is missing to measure, if anything is."""
    if not (tools / "bench_router.py").is_file():
        return f"the stub subgraphs and the load are not at {tools}; --tools names their place"
    if shutil.which("wrk") is None:
        return "wrk is not installed"
    return None


def run(
    given: argparse.Namespace, query: str, peers: list[str], *, bare: bool = False, unique: bool = False
) -> list[Measured]:
    """Run the tool once; answers a row for each gateway, ours first."""
    serve = f"{sys.executable} -m router serve --supergraph {{supergraph}} --port {{port}}"
    gateways = [f"ours=cd {ROOT} && ROUTER_ACCESS_LOG=false exec {serve}"]
    if bare:
        served = f"{sys.executable} bench/bare_router.py --supergraph {{supergraph}} --port {{port}}"
        gateways.append(f"bare=cd {ROOT} && exec {served}")
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        command = [sys.executable, str(given.tools / "bench_router.py"), "--query", query, "--json", kept.name]
        command += ["--conns", str(given.connections), "--rounds", str(given.rounds)]
        command += ["--duration", str(given.seconds), "--warmup", "10" if peers else "2"]
        command += [part for gateway in [*gateways, *peers] for part in ("-g", gateway)]
        subprocess.run([*command, *(["--unique"] if unique else [])], check=True)
        measured: list[Measured] = json.loads(Path(kept.name).read_text())
    return measured


def rows_of(name: str, measured: list[Measured]) -> list[Row]:
    ours = measured[0]
    rows = [
        Row(f"{name}: requests/s", ours["rps"], "/s"),
        Row(f"{name}: CPU of a request", ours["cpu_us"], "us"),
        Row(f"{name}: p99", ours["p99_us"] / 1000, "ms"),
        Row(f"{name}: memory (PSS)", ours["pss_mib"], "MiB"),
        Row(f"{name}: errors", ours["err"], "", "== 0"),
    ]
    for peer in measured[1:]:
        if peer["gateway"] == "bare":
            rows.append(Row(f"{name}: CPU of the bare calls over ours", peer["cpu_ratio"], "x", BARE_GOAL))
        else:
            rows.append(
                Row(
                    f"{name}: our requests/s over {peer['gateway']}",
                    1 / peer["rps_ratio"],
                    "x",
                    GOALS[name, peer["gateway"]],
                )
            )
            rows.append(Row(f"{name}: {peer['gateway']}'s CPU over ours", peer["cpu_ratio"], "x"))
    return rows


if __name__ == "__main__":
    main()
