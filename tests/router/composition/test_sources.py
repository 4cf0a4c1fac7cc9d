from __future__ import annotations

from pathlib import Path

import pytest

from router.composition import SubgraphSource, read_sources
from router.errors import ConfigError

_GOOD = """
federation_version: =2.9.0
subgraphs:
  users:
    routing_url: http://users/graphql
    schema:
      file: schemas/users.graphql
"""


def _write(folder: Path, text: str) -> Path:
    (folder / "schemas").mkdir()
    (folder / "schemas" / "users.graphql").write_text("type Query { me: ID }")
    path = folder / "supergraph.yaml"
    path.write_text(text)
    return path


def test_schema_files_are_found_beside_the_supergraph_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _GOOD)

    assert read_sources(path) == [SubgraphSource("users", "http://users/graphql", "type Query { me: ID }")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("routing_url", "routingUrl", "subgraphs.users.routing_url: Field required"),
        ("federation_version", "federation", "federation: Extra inputs are not permitted"),
        ("http://users/graphql", "5", "subgraphs.users.routing_url: Input should be a valid string"),
        ("file:", "path:", "subgraphs.users.schema.file: Field required"),
        ("subgraphs:", "graphs:", "subgraphs: Field required"),
    ],
)
def test_wrong_key_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = _write(tmp_path, _GOOD.replace(old, new))

    with pytest.raises(ConfigError) as caught:
        read_sources(path)

    assert caught.value.message == f"{path}: {message}"


def test_missing_schema_file_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, _GOOD.replace("users.graphql", "doctors.graphql"))

    with pytest.raises(ConfigError) as caught:
        read_sources(path)

    assert caught.value.message == (
        f"{path}: subgraphs.users.schema.file: schemas/doctors.graphql cannot be read: No such file or directory"
    )


def test_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "subgraphs: [")

    with pytest.raises(ConfigError, match=r"supergraph\.yaml: while parsing"):
        read_sources(path)


def test_a_subgraph_that_stands_twice_is_refused(tmp_path: Path) -> None:
    once = "  users: {routing_url: http://users/, schema: {file: a.graphql}}\n"
    path = _write(tmp_path, f"subgraphs:\n{once}{once}")

    with pytest.raises(ConfigError, match="users stands twice, the second time in line 3"):
        read_sources(path)
