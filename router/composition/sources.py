"""Reads `supergraph.yaml`, in the shape that Apollo's Rover reads: the subgraphs with their URLs and schema files.

    federation_version: =2.9.0
    subgraphs:
      users:
        routing_url: http://users/graphql
        schema:
          file: ./subgraphs/users/schema.graphql

Paths are relative to the file itself. An unknown or missing key is an error that names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from router.config import read_yaml
from router.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """One subgraph to compose: `url` is where the router will send requests, `sdl` its whole schema."""

    name: str
    url: str
    sdl: str


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Schema(_Strict):
    file: str


class _Subgraph(_Strict):
    routing_url: str
    schema_: _Schema

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))


class _SupergraphFile(_Strict):
    federation_version: str | int | float | None = None
    subgraphs: dict[str, _Subgraph]


def read_sources(path: Path | str) -> list[SubgraphSource]:
    """Read the file and the schemas it names; a ConfigError says which key or file is wrong."""
    path = Path(path)
    try:
        found = _SupergraphFile.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
        raise ConfigError(f"{path}: {key}: {first['msg']}") from error
    return [
        SubgraphSource(name, subgraph.routing_url, _read_schema(path, name, subgraph.schema_.file))
        for name, subgraph in found.subgraphs.items()
    ]


def _read_schema(path: Path, name: str, file: str) -> str:
    try:
        return (path.parent / file).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: subgraphs.{name}.schema.file: {file} cannot be read: {error.strerror}") from error
