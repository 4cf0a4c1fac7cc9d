"""`bmc supergraph`: export every subgraph's schema.graphql and events.json, and compose supergraph.graphql.

All of these files are committed; `--check` tells which of them is stale instead of writing.
"""

from pathlib import Path

from bmc.catalogue import NAMES, ROOT, folder_of, promise_of
from router.composition import compose, read_sources


def exported() -> dict[Path, str]:
    """Answer the text of every exported file, by its path."""
    files: dict[Path, str] = {}
    for name in NAMES:
        promise = promise_of(name)
        files[folder_of(name) / "schema.graphql"] = promise.schema
        files[folder_of(name) / "events.json"] = promise.events
    return files


def composed() -> dict[Path, str]:
    """Compose the committed schemas by supergraph.yaml."""
    return {ROOT / "supergraph.graphql": compose(read_sources(ROOT / "supergraph.yaml"))}


def write() -> list[Path]:
    """Write what is stale; answer what was written."""
    return [*_write(exported()), *_write(composed())]


def stale() -> list[Path]:
    """Answer the committed files that are not what the code says."""
    files = exported() | composed()
    return [path for path, text in files.items() if not path.exists() or path.read_text() != text]


def _write(files: dict[Path, str]) -> list[Path]:
    written = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in written:
        path.write_text(files[path])
    return written
