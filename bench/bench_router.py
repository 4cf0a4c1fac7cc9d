"""The router over the team's stub subgraphs: requests/s and CPU of a request, over peers on the same stubs and load.

The stubs, the load (wrk) and the peers' set-up are not in this repository: they are looked for in
`../shared/tools/bench` beside it (`--tools` names another place). A copy of that folder in whose `peers` folder
`npm install` has run adds the peers: @apollo/gateway, and @graphql-hive/gateway with its Rust planner.
Here, too: the CPU of a bare server that only makes the same upstream calls (`bench/bare_router.py`) over the router's,
and, where nginx is installed, that of nginx as a proxy, for a query that one subgraph answers (`bench/nginx_proxy.py`).

Never-seen queries come in two kinds: those whose operation has another name each time, and those that are new
altogether, since something else is selected.

After `make compile` the compiled router is measured, which is what the image has, and the source beside it.
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
COMPILED = ROOT / ".compiled"
# Selected under another name each time; the router itself answers, so subgraphs are asked what they always are.
NEW_SELECTION = "query TestQuery($id: ID!) { UNIQUEOP: __typename user(id: $id) { id name username reviews { id body product { upc name price inStock } } } }"  # noqa: E501
GOALS = {
    ("user", "hive-rust"): ">= 15",
    ("user", "apollo"): ">= 20",
    ("big", "hive-rust"): ">= 4",
    ("big", "apollo"): ">= 14",
    ("never seen, by name", "hive-rust"): ">= 2",
    ("never seen, by name", "apollo"): ">= 2",
    ("never seen, by selection", "hive-rust"): ">= 2",
    ("never seen, by selection", "apollo"): ">= 2",
}
LIMITS = {
    "bare": ("the bare calls", ">= 0.5"),
    "nginx": ("nginx as a proxy", ">= 0.35"),
    "source": ("the router as source, not compiled,", ""),
}
Measured = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", type=Path, default=TOOLS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=1, help="of each measurement")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--nginx", default="nginx", help="the program")
    parser.add_argument("--workers", type=int, default=1, help="processes of the router")
    given = parser.parse_args()
    given.folder = measured_folder()
    missing = lacking(given.tools)
    if missing:
        print(f"router: not measured, {missing}")
        return
    peers = ["hive-rust", "apollo"] if (given.tools / "peers" / "node_modules").is_dir() else []
    if not peers:
        print(f"router: no peers, since `npm install` has not run in a copy of {given.tools.name}/peers")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as selection:
        json.dump({"query": NEW_SELECTION, "variants": [{"id": str(number)} for number in range(10, 510)]}, selection)
        selection.flush()
        runs = {
            "user": run(given, "user", [*limit(given, "bare"), *source(given), *peers]),
            "big": run(given, "big", peers),
            "single": run(given, "single_var", [*limit(given, "nginx"), *source(given)]),
            "never seen, by name": run(given, "user", peers, unique=True),
            "never seen, by selection": run(given, selection.name, peers, unique=True),
        }
    rows = [row for name, measured in runs.items() for row in rows_of(name, measured)]
    report(
        "router",
        rows,
        connections=given.connections,
        rounds=given.rounds,
        seconds=given.seconds,
        peers=peers,
        compiled=given.folder == COMPILED,
    )


def lacking(tools: Path) -> str | None:
    """Say what is missing to measure, if anything is."""
    if not (tools / "bench_router.py").is_file():
        return f"the stub subgraphs and the load are not at {tools}; --tools names their place"
    if shutil.which("wrk") is None:
        return "wrk is not installed"
    return None


def limit(given: argparse.Namespace, name: str) -> list[str]:
    """Say how to start what we are measured against, if it is there."""
    if name == "bare":
        served = f"{sys.executable} bench/bare_router.py --supergraph {{supergraph}} --port {{port}}"
    elif shutil.which(given.nginx) is None:
        print("router: no proxy, since nginx is not installed")
        return []
    else:
        upstream = "http://127.0.0.1:{stub_port}/accounts"
        served = f"{sys.executable} bench/nginx_proxy.py --nginx {given.nginx} --port {{port}} --upstream {upstream}"
    return [f"{name}=cd {ROOT} && exec {served}"]


def served_from(folder: Path, given: argparse.Namespace) -> str:
    """Say how to serve by the router of a folder."""
    serve = f"{sys.executable} -m router serve --supergraph {{supergraph}} --port {{port}} --workers {given.workers}"
    return f"cd {folder} && ROUTER_ACCESS_LOG=false exec {serve}"


def source(given: argparse.Namespace) -> list[str]:
    """Say how to start the router as it stands in the repository, where a compiled one is measured."""
    return [f"source={served_from(ROOT, given)}"] if given.folder == COMPILED else []


def measured_folder() -> Path:
    """Choose the compiled router, if there is one of today's source."""
    if not COMPILED.is_dir():
        print("router: measured as source, since `make compile` has not run")
        return ROOT
    for path in (ROOT / "router").rglob("*.py"):
        copy = COMPILED / path.relative_to(ROOT)
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            print(f"router: measured as source, since {path.relative_to(ROOT)} has changed since `make compile` ran")
            return ROOT
    return COMPILED


def run(given: argparse.Namespace, query: str, others: list[str], *, unique: bool = False) -> list[Measured]:
    """Run the tool once; answers a row for each gateway, ours first."""
    gateways = [f"ours={served_from(given.folder, given)}", *others]
    warm = "10" if any("=" not in other for other in others) else "2"
    with tempfile.NamedTemporaryFile(suffix=".json") as kept:
        command = [sys.executable, str(given.tools / "bench_router.py"), "--query", query, "--json", kept.name]
        command += ["--conns", str(given.connections), "--rounds", str(given.rounds)]
        command += ["--duration", str(given.seconds), "--warmup", warm]
        command += [part for gateway in gateways for part in ("-g", gateway)]
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
        if peer["gateway"] in LIMITS:
            what, goal = LIMITS[peer["gateway"]]
            rows.append(Row(f"{name}: CPU of {what} over ours", peer["cpu_ratio"], "x", goal))
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
