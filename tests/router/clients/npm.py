"""Packages from npm for tests with real clients, each set in a folder of its own under `.stack/npm`, installed once."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.stack.servers.server import INSTALLED, CannotInstall

CLIENTS: Mapping[str, str] = {
    "@apollo/client": "4.3.8",
    "@urql/core": "6.0.3",
    "@urql/exchange-auth": "3.0.0",
    "@urql/exchange-retry": "2.0.0",
    "graphql": "16.15.0",
    "graphql-http": "1.23.1",
    "graphql-sse": "2.6.1",
    "graphql-ws": "6.4.2",
    "rxjs": "7.8.2",
    "ws": "8.23.0",
}
GATEWAYS: Mapping[str, str] = {
    "@apollo/gateway": "2.14.4",
    "@apollo/server": "5.5.1",
    "@graphql-hive/gateway": "2.15.1",
    "graphql": "16.15.0",
}
_INSTALL = ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
_PATIENCE = 100.0


def install(name: str, packages: Mapping[str, str], patience: float = _PATIENCE) -> Path:
    """Install a set of packages, unless it is there, and answer its folder; raises CannotInstall."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise CannotInstall("there is no node with npm on this machine")
    folder = INSTALLED / "npm" / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = json.dumps({"private": True, "type": "module", "dependencies": dict(packages)}, indent=2)
    done = folder / "installed.json"
    # Several processes may run tests at once.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists() and done.read_text() == wanted:
            return folder
        done.unlink(missing_ok=True)
        (folder / "package.json").write_text(wanted)
        try:
            subprocess.run([npm, *_INSTALL], cwd=folder, check=True, capture_output=True, timeout=patience)
        except subprocess.TimeoutExpired:
            raise CannotInstall(f"npm did not install {name} within {patience:g} s") from None
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise CannotInstall(f"npm could not install {name}: {''.join(last)}") from None
        done.write_text(wanted)
    return folder
