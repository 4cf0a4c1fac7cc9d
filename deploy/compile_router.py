"""Compiles the router's busiest modules to machine code, with mypyc: `python deploy/compile_router.py FOLDER`.

FOLDER gets a copy of `router/`, and beside each module named below what it was compiled to, which Python imports in its
place. Whoever has FOLDER first on Python's path runs that copy. It is a copy because what was compiled wins over its
source: one could edit a module in vain. The image, which nobody edits, is compiled in place: there FOLDER is `.`.

It needs a C compiler and Python's headers, and half a minute.

NOTE: What is named here runs for every request or every fetch. What mypyc cannot do keeps some out: asynchronous
generators (`service.py`, `executable.py`), classes that others inherit from uncompiled (`direct_protocol.py`). It also
believes annotations, and raises TypeError where they are wrong, as some of graphql-core's are: nothing that handles the
library's nodes and types is here. Nor is what `router/execution/generated` writes: code that is made at run time.
"""

from __future__ import annotations

import importlib.machinery
import os
import shutil
import sys
from pathlib import Path

from mypyc.build import mypycify
from setuptools import setup

ROOT = Path(__file__).parent.parent
MODULES = [
    "router/execution/answers.py",
    "router/execution/dispatching.py",
    "router/execution/entity_fetch.py",
    "router/execution/merging.py",
    "router/execution/representations.py",
    "router/execution/request_body.py",
    "router/execution/root_fetch.py",
    "router/execution/run.py",
    "router/execution/steps.py",
    "router/server/access_log.py",
    "router/server/callers.py",
    "router/server/direct_posts.py",
    "router/server/graphql_request.py",
    "router/server/reloading.py",
    "router/server/replies.py",
    "router/transport/breaker.py",
    "router/transport/connection.py",
    "router/transport/delivery.py",
    "router/transport/http.py",
    "router/transport/outbox.py",
    "router/transport/plain_heads.py",
    "router/transport/pool.py",
    "router/transport/time_limits.py",
]


def main() -> None:
    target = Path(sys.argv[1]).resolve()
    if target != ROOT:
        shutil.rmtree(target / "router", ignore_errors=True)
        shutil.copytree(ROOT / "router", target / "router", ignore=shutil.ignore_patterns("__pycache__"))
    os.chdir(target)
    built = target / "build"
    options = [f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={built / 'types'}"]
    extensions = mypycify([*options, *MODULES], opt_level="3", debug_level="0", group_name="router")
    setup(
        name="router",
        packages=[],
        ext_modules=extensions,
        script_args=["--quiet", "build_ext", "--inplace", f"--build-temp={built}", f"--build-lib={built}"],
    )
    shutil.rmtree(built)
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    missing = [module for module in MODULES if not Path(module).with_suffix(suffix).exists()]
    if missing:
        sys.exit(f"not compiled: {', '.join(missing)}")


if __name__ == "__main__":
    main()
