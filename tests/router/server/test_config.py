"""Settings: file, environment, and the one line that names what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.config import RouterConfig, load_config
from router.errors import ConfigError
from router.server import create_app
from router.transport import InProcessTransport

from .federation import SUPERGRAPH


def written(folder: Path, text: str) -> Path:
    path = folder / "router.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_needed() -> None:
    config = load_config(None, {"PATH": "/bin"})

    assert config == RouterConfig()
    assert config.path == "/graphql"
    assert config.auth is None
    assert config.is_on("introspection")


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    path = written(tmp_path, "limits: {depth: 5, tokens: 7}\nenvironment: production\n")

    environment = {"ROUTER_LIMITS__DEPTH": "6", "ROUTER_AUTH__JWKS_URL": "http://keys/", "ROUTER_GRAPHIQL": "true"}
    config = load_config(path, environment)

    assert (config.limits.depth, config.limits.tokens) == (6, 7)
    assert config.auth is not None
    assert config.auth.jwks_url == "http://keys/"
    assert config.is_on("graphiql")
    assert not config.is_on("introspection")


@pytest.mark.parametrize(
    ("text", "environment", "line"),
    [
        ("limits: {dept: 5}", {}, "unknown setting limits.dept"),
        ("limits: {depth: deep}", {}, "wrong setting limits.depth: Input should be a valid integer"),
        ("limits: {depth: 0}", {}, "wrong setting limits.depth: Input should be greater than 0"),
        ("path: graphql", {}, "wrong setting path: path must begin with /"),
        ("path: /metrics", {}, "wrong setting path: path must not be that of a probe"),
        ("auth: {}", {}, "wrong setting auth.jwks_url: Field required"),
        ("auth: {jwks_url: keys.json}", {}, "wrong setting auth.jwks_url: must be an address"),
        ("auth: {jwks_url: 'http://k/', algorithms: [HS256]}", {}, "wrong setting auth.algorithms: algorithms must be"),
        ("subgraphs: {users: {url: 'users:4001'}}", {}, "wrong setting subgraphs.users.url: must be an address"),
        ("subgraphs: {users: {ur: 'http://u/'}}", {}, "unknown setting subgraphs.users.ur"),
        ("forward_headers: [Cookie]", {}, "wrong setting forward_headers: may not be forwarded, or is no header's"),
        ("forward_headers: ['x y']", {}, "wrong setting forward_headers: may not be forwarded"),
        ("forward_headers: [content-length]", {}, "wrong setting forward_headers: may not be forwarded"),
        ("proof_header: host", {}, "wrong setting proof_header: must be the name of a header of its own"),
        ('proof_secret: "a\\nb"', {}, "wrong setting proof_secret: must be printable ASCII"),
        (
            "trusted_proxies: [10.0.0.1/8]",
            {},
            "wrong setting trusted_proxies.0: Input is not a valid IPv4 network; wrong",
        ),
        ("csrf_prevention: off", {}, "wrong setting csrf_prevention: Input should be 'fetch-metadata' or 'preflight'"),
        ("compression: {level: 9}", {}, "unknown setting compression.level"),
        (
            "connections: {head_seconds: 0}",
            {},
            "wrong setting connections.head_seconds: Input should be greater than 0",
        ),
        ("limits: {depth: yes}", {}, "wrong setting limits.depth: must not be true"),
        ("limits: {height: on}", {}, "wrong setting limits.height: must not be true"),
        ("timeout_seconds: .inf", {}, "wrong setting timeout_seconds: Input should be a finite number"),
        ("connections: {idle_seconds: .nan}", {}, "wrong setting connections.idle_seconds: Input should be a finite"),
        ("path: /grüße", {}, "wrong setting path: path must be the path of an address"),
        ("path: /graphql?a", {}, "wrong setting path: path must be the path of an address"),
        ("path: '/a b'", {}, "wrong setting path: path must be the path of an address"),
        ("auth: {jwks_url: 'http://k/', algorithms: [ES999]}", {}, "wrong setting auth.algorithms: algorithms must be"),
        ("forward_headers: [x-router-proof]", {}, "forward_headers must not name the proof_header, x-router-proof"),
        ("limits: {depth: 5, depth: 6}", {}, "router.yaml: depth stands twice, the second time in line 1"),
        ("limits: {depth: 5}\npath: /a\nlimits: {}", {}, "router.yaml: limits stands twice, the second time in line 3"),
        ("- a", {}, "settings must be a mapping"),
        ("a: [", {}, "router.yaml: while parsing"),
        ("{}", {"ROUTER_COLOUR": "red"}, "unknown setting colour"),
        ("limits: 5", {"ROUTER_LIMITS__DEPTH": "5"}, "ROUTER_LIMITS__DEPTH: limits is not a group of settings"),
        ("{}", {"ROUTER_PATH": "["}, "ROUTER_PATH: while parsing"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    tmp_path: Path, text: str, environment: dict[str, str], line: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_config(written(tmp_path, text), environment)

    assert line in refusal.value.message
    assert "\n" not in refusal.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: "):
        load_config(tmp_path / "nowhere.yaml", {})


def test_settings_of_a_subgraph_that_does_not_exist_are_refused() -> None:
    config = RouterConfig.model_validate({"subgraphs": {"acounts": {"timeout_seconds": 1}}})

    with pytest.raises(ConfigError, match="the supergraph has no acounts"):
        create_app(SUPERGRAPH, config, InProcessTransport({}))
