"""The command line, `bmc`: every command says in one line what is wrong, and ends with status 1."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from shared.settings import WrongSetting, read_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
events = typer.Typer(help="Events that a consumer could not handle.", no_args_is_help=True)
audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(events, name="events")
app.add_typer(audit, name="audit")
_out = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)

Port = Annotated[int | None, typer.Option(help="Where to listen; BMC_PORT.")]
HostName = Annotated[str | None, typer.Option(help="The address to listen on; BMC_HOST.")]
HomeFolder = Annotated[Path | None, typer.Option(help="The folder that keeps everything; BMC_HOME.")]


@app.command()
def up(port: Port = None, host: HostName = None, home: HomeFolder = None) -> None:
    """Start the whole platform in this process, on embedded defaults.

    Every setting of the platform is an environment variable (BMC_…); docs/operations.md lists them.
    """
    # First the settings: who has one wrong is told at once, before everything is imported.
    settings = read_settings(port=port, host=host, home=home)
    from bmc.up import run

    _run_loop(run(settings, lambda line: _out.print(line, markup=False)))


@app.command()
def serve(
    part: Annotated[str, typer.Argument(help="router, or a subgraph's name.")],
    port: Port = None,
    host: HostName = None,
) -> None:
    """Serve one part of the distributed system in this process; every address must be set (BMC_…_URL)."""
    settings = read_settings(port=port, host=host)
    from bmc.parts import run_served

    _run_loop(run_served(settings, part, lambda line: _out.print(line, markup=False)))


@app.command()
def worker(
    part: Annotated[str, typer.Argument(help="A subgraph's name, or all.")],
    port: Port = None,
    host: HostName = None,
) -> None:
    """Relay, consume and do clock jobs for one part of the distributed system; probes are at the port."""
    settings = read_settings(port=port, host=host)
    from bmc.parts import run_worker

    _run_loop(run_worker(settings, part, lambda line: _out.print(line, markup=False)))


@app.command()
def prepare() -> None:
    """Bring every store of the distributed system up to date before its parts start; safe to repeat."""
    settings = read_settings()
    from bmc.preparing import prepare as bring_up_to_date

    _run_loop(bring_up_to_date(settings, lambda line: _out.print(line, markup=False)))


@app.command()
def supergraph(check: Annotated[bool, typer.Option(help="Only tell what is stale, with status 1.")] = False) -> None:
    """Export the subgraphs' schemas and events, and compose supergraph.graphql."""
    from bmc.supergraph import stale, write

    paths = stale() if check else write()
    for path in paths:
        _out.print(f"{'stale' if check else 'written'}: {path.name} of {path.parent.name}", markup=False)
    if check and paths:
        raise WrongSetting("committed schemas are stale; run `make supergraph`")


@app.command()
def seed() -> None:
    """Fill the running system with demo data, through its public API; needs BMC_ADMIN_EMAIL and BMC_ADMIN_PASSWORD."""
    from bmc.seeding.command import seed as fill

    asyncio.run(fill(read_settings(), _out))


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(prompt=True, envvar="BMC_ADMIN_EMAIL")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="BMC_ADMIN_PASSWORD")
    ],
    home: HomeFolder = None,
) -> None:
    """Make an admin account; an embedded platform must be stopped, since it holds the folder."""
    from bmc.offline import create_admin as create

    account = asyncio.run(create(read_settings(home=home), email, password))
    _out.print(f"{email} is an admin ({account})", markup=False)


@events.command("list")
def list_dead_letters(
    group: Annotated[str | None, typer.Option(help="Only those of this consumer.")] = None, home: HomeFolder = None
) -> None:
    """List the events that a consumer could not handle; an embedded platform must be stopped."""
    from bmc.offline import dead_letters

    letters = asyncio.run(dead_letters(read_settings(home=home), group))
    for letter in letters:
        what = f"{letter.event.type} about {letter.event.subject}"
        _out.print(f"{letter.id}  {letter.at:%Y-%m-%d %H:%M:%S}  {what}: {letter.error}", markup=False)
    _out.print(f"{len(letters)} dead letters", markup=False)


@events.command("replay")
def replay_dead_letter(letter: str, home: HomeFolder = None) -> None:
    """Have a dead letter handled again; an embedded platform must be stopped."""
    from bmc.offline import replay

    asyncio.run(replay(read_settings(home=home), letter))
    _out.print(f"{letter} is handled", markup=False)


@audit.command("verify")
def verify_audit_trail(
    anchor: Annotated[str | None, typer.Option(help="NUMBER:HASH of a link, as an earlier run said it.")] = None,
    home: HomeFolder = None,
) -> None:
    """Walk the audit trail's hash chain; status 1 if it is broken. An embedded platform must be stopped."""
    from bmc.offline import verify_audit

    verdict = asyncio.run(verify_audit(read_settings(home=home), anchor))
    if not verdict.intact:
        _errors.print(f"bmc: the audit trail is broken at link {verdict.broken_at}: {verdict.reason}", markup=False)
        raise typer.Exit(1)
    head = f"{verdict.head.number}:{verdict.head.hash}"
    _out.print(f"{verdict.links} links hold; write this down to prove it later: {head}", markup=False)


@app.command("rotate-keys")
def rotate_signing_keys(
    compromised: Annotated[
        bool, typer.Option(help="End every earlier key, and so every access token, at once.")
    ] = False,
    home: HomeFolder = None,
) -> None:
    """Make a new signing key for access tokens; an embedded platform must be stopped."""
    from bmc.offline import rotate_keys

    key = asyncio.run(rotate_keys(read_settings(home=home), compromised=compromised))
    _out.print(f"access tokens are signed with {key} from now on", markup=False)


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    import uvloop

    uvloop.run(main)


def main() -> None:
    """Run the command line."""
    # What a start makes stays: `up` lets the collector begin once it has started. The other commands soon end.
    gc.disable()
    try:
        app()
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        _errors.print(f"bmc: {error}", markup=False)
        sys.exit(1)


def _refusals() -> tuple[type[Exception], ...]:
    """Name what is told in one line; only whoever failed imports it."""
    from bmc.home import HomeInUse
    from bmc.offline import NoSuchLetter
    from bmc.seeding.api import SeedFailed
    from router.errors import RouterError
    from shared.errors import Refusal
    from shared.stores.embedded_mongod import NoMongod
    from shared.stores.migrations import TablesTooNew

    return (WrongSetting, HomeInUse, NoMongod, TablesTooNew, RouterError, SeedFailed, NoSuchLetter, Refusal)


if __name__ == "__main__":
    main()
