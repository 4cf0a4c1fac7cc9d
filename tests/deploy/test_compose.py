"""What docker-compose.yml promises, and that its values are settings that our commands read."""

import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bmc.adapters import sql_url
from bmc.catalogue import NAMES
from bmc.home import Home
from shared.settings import Settings, read_settings
from subgraphs.security.settings import SecuritySettings
from tests.stack.compose import MissingVariable, Service, read_compose

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
SECRET = re.compile(r"KEY|SECRET|PASSWORD")
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")
ONE_SHOT = {"prepare"}
UNASKED = {"collector"}
"""Its image has nothing that could ask how it is."""


@cache
def raw() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return loaded


def services() -> dict[str, Any]:
    found: dict[str, Any] = raw()["services"]
    return found


def ours() -> dict[str, Any]:
    return {name: one for name, one in services().items() if one["image"].startswith("bookmyconsultation:")}


def fresh_variables() -> dict[str, str]:
    script = ROOT / "deploy" / "compose" / "fresh-env.sh"
    written = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True).stdout
    lines = [line for line in written.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@cache
def as_read() -> dict[str, Service]:
    return {service.name: service for service in read_compose(FILE, fresh_variables())}


def asked_for(message: str) -> set[str]:
    return {name for name, how, _ in VARIABLE.findall(FILE.read_text()) if how == message}


def settings_of(name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for key, value in as_read()[name].environment.items():
        monkeypatch.setenv(key, value)
    return read_settings()


def test_every_part_is_served_and_every_subgraph_has_a_worker() -> None:
    commands = {name: one["command"] for name, one in ours().items()}

    assert commands == {
        "prepare": ["prepare"],
        "router": ["serve", "router"],
        **{name: ["serve", name] for name in NAMES},
        **{f"worker-{name}": ["worker", name] for name in NAMES},
    }


def test_subgraphs_listen_where_the_supergraph_says() -> None:
    routing = yaml.safe_load((ROOT / "supergraph.yaml").read_text())["subgraphs"]
    declared = {name: urlsplit(one["routing_url"]) for name, one in routing.items()}

    listening = {name: (name, ours()[name]["environment"]["BMC_PORT"]) for name in NAMES}

    assert listening == {name: (url.hostname, url.port) for name, url in declared.items()}


def test_everything_of_ours_starts_after_the_preparation_and_that_after_the_stores() -> None:
    waits = {
        name: {other: how["condition"] for other, how in one.get("depends_on", {}).items()}
        for name, one in services().items()
    }
    healthy, completed = "service_healthy", "service_completed_successfully"

    assert waits["prepare"] == dict.fromkeys(("mysql", "mongo", "kafka", "ministack"), healthy)
    assert [waits[name] for name in NAMES] == [{"prepare": completed}] * len(NAMES)
    assert [waits[f"worker-{name}"] for name in NAMES] == [{name: healthy} for name in NAMES]
    assert waits["router"] == dict.fromkeys(NAMES, healthy)


def test_a_service_that_stays_has_a_health_check_and_is_restarted() -> None:
    without = {name for name, one in services().items() if "test" not in one.get("healthcheck", {})}
    left_down = {name for name, one in services().items() if one["restart"] != "unless-stopped"}

    assert without == ONE_SHOT | UNASKED
    assert left_down == ONE_SHOT
    assert services()["prepare"]["restart"] == "no"


def test_every_service_has_limits_and_its_log_an_end() -> None:
    limits = {name: set(one["deploy"]["resources"]["limits"]) for name, one in services().items()}

    assert {name for name, found in limits.items() if found != {"cpus", "memory", "pids"}} == set()
    assert {name for name, one in services().items() if "max-size" not in one["logging"]["options"]} == set()


def test_no_image_is_whatever_is_latest() -> None:
    tags = {name: one["image"].rpartition(":")[2] for name, one in services().items() if name not in ours()}

    assert {name for name, tag in tags.items() if not re.match(r"v?\d+\.\d", tag)} == set()
    assert {one["image"] for one in ours().values()} == {"bookmyconsultation:${BMC_VERSION:-dev}"}
    assert [name for name, one in services().items() if "build" in one] == ["prepare"]


def test_the_stand_in_for_aws_is_the_one_that_our_tests_know() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    version = next(package["version"] for package in packages if package["name"] == "ministack")

    assert services()["ministack"]["image"] == f"ministackorg/ministack:{version}"


def test_no_secret_is_in_the_file() -> None:
    told = [
        f"{name}.{key}"
        for name, one in services().items()
        for key, value in one.get("environment", {}).items()
        if SECRET.search(key) and not VARIABLE.fullmatch(str(value))
    ]
    passwords = re.findall(r"://(?:\$\{[^}]*\}|[^/@\s])*?:(\$\{[^}]*\}|[^/@\s]*)@", FILE.read_text())

    assert told == []
    assert passwords == ["${MYSQL_PASSWORD:?see docs/deployment.md}"]


def test_without_its_secrets_nothing_starts() -> None:
    with pytest.raises(MissingVariable):
        read_compose(FILE, {})


def test_a_fresh_env_has_every_secret_and_each_is_its_own() -> None:
    fresh = fresh_variables()

    assert set(fresh) == asked_for(":?")
    assert {bool(re.fullmatch(r"[0-9a-f]{64}", secret)) for secret in fresh.values()} == {True}
    assert len(set(fresh.values())) == len(fresh)
    assert fresh != fresh_variables()


def test_the_example_names_what_may_be_set() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))

    optional = {"BMC_VERSION", "BMC_MAIL_FROM", "MYSQL_USER"}
    assert named - {"COMPOSE_PROFILES"} == (asked_for(":?") | asked_for(":-")) - optional
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_what_our_parts_are_told_are_settings() -> None:
    known = {f"BMC_{name.upper()}" for name in Settings.model_fields}
    known |= {f"BMC_SECURITY_{name.upper()}" for name in SecuritySettings.model_fields}
    known |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT"}

    assert {key for one in ours().values() for key in one["environment"]} - known == set()


@pytest.mark.parametrize("name", [*NAMES, *(f"worker-{name}" for name in NAMES), "prepare"])
def test_no_part_falls_back_to_an_embedded_engine(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = settings_of(name, monkeypatch)

    assert settings.embedded == []
    assert settings.env == "production"
    assert sql_url(settings, Home(tmp_path), "appointments") == settings.sql_url


def test_the_router_has_neither_a_store_nor_a_secret() -> None:
    environment = ours()["router"]["environment"]

    assert set(environment) == {"BMC_ENV", "BMC_PUBLIC_URL", "BMC_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT"}


def test_addresses_are_those_of_services() -> None:
    found = {
        (key, address)
        for name in ours()
        for key, value in as_read()[name].environment.items()
        for address in re.findall(r"//(?:[^/@\s]*@)?([\w.-]+):\d+", value)
    }
    outside = {(key, address) for key, address in found if address not in services()}

    assert {address for _, address in found} - {"127.0.0.1"} == {"mysql", "mongo", "kafka", "ministack"}
    assert outside == {("BMC_PUBLIC_URL", "127.0.0.1"), ("BMC_BLOBS_URL", "127.0.0.1")}


def test_only_what_clients_need_is_published_and_only_on_loopback() -> None:
    published = {name: one["ports"] for name, one in services().items() if one.get("ports") and not one.get("profiles")}
    every = [port for one in services().values() for port in one.get("ports", ())]

    assert published == {"router": ["127.0.0.1:4000:4000"], "ministack": ["127.0.0.1:4566:4566"]}
    assert [port for port in every if not port.startswith("127.0.0.1:")] == []


def test_what_only_operators_want_is_in_a_profile() -> None:
    profiles = {name: one["profiles"] for name, one in services().items() if "profiles" in one}

    assert profiles == {
        "prometheus": ["metrics"],
        "grafana": ["metrics"],
        "collector": ["traces"],
        "jaeger": ["traces"],
    }


def test_prometheus_asks_every_part_where_it_listens() -> None:
    said = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus.yml").read_text())
    asked = [target for job in said["scrape_configs"] for one in job["static_configs"] for target in one["targets"]]

    listening = {f"{name}:{one['environment']['BMC_PORT']}" for name, one in ours().items() if name not in ONE_SHOT}

    assert sorted(asked) == sorted(listening)


def test_the_collector_listens_where_the_example_says() -> None:
    said = yaml.safe_load((ROOT / "deploy" / "observability" / "otel-collector.yml").read_text())
    port = said["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]

    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:{port}\n" in (ROOT / ".env.example").read_text()
    assert set(said["exporters"]) & {"otlphttp/jaeger"}


def test_what_is_not_published_reaches_nobody_outside() -> None:
    networks = {name: set(one["networks"]) for name, one in services().items()}

    assert raw()["networks"]["inside"] == {"internal": True}
    assert {name for name, found in networks.items() if "outside" in found} == {
        name for name, one in services().items() if one.get("ports")
    }


def test_our_parts_may_write_nowhere_and_ask_for_no_power() -> None:
    wanted = {"read_only": True, "tmpfs": ["/tmp"], "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}

    assert {name for name, one in ours().items() if {key: one.get(key) for key in wanted} != wanted} == set()
    assert {name for name, one in services().items() if one.get("privileged") or one.get("user") == "root"} == set()


def test_what_is_mounted_is_there() -> None:
    mounts = [mount.split(":") for one in services().values() for mount in one.get("volumes", ())]
    files = [(source, how) for source, _, *how in mounts if source.startswith(".")]
    names = {source for source, *_ in mounts if not source.startswith(".")}

    assert [source for source, _ in files if not (ROOT / source).exists()] == []
    assert {tuple(how) for _, how in files} <= {("ro",)}
    assert names == set(raw()["volumes"])


def test_docker_itself_accepts_the_file(tmp_path: Path) -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("docker has no compose plugin here") if shutil.which("docker") else pytest.skip(
            "there is no docker"
        )
    env = tmp_path / "env"
    env.write_text("".join(f"{name}={value}\n" for name, value in fresh_variables().items()))

    command = ["docker", "compose", "--env-file", str(env), "--profile", "*", "config", "--quiet"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (answer.returncode, answer.stderr) == (0, "")
