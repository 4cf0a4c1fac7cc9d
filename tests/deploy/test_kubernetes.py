"""The manifests of deploy/kubernetes: valid for Kubernetes, and what they promise of each part."""

import json
import re
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import referencing
import yaml
from jsonschema import Draft202012Validator

from bmc.catalogue import NAMES
from bmc.pages import PAGES
from bmc.web import CALLED_BACK
from router.config import RouterConfig
from shared.settings import Settings, read_settings
from subgraphs.notifications.settings import NotificationSettings, read_notification_settings
from tests.deploy.kustomize import BASE, KUBERNETES, PRODUCTION, ROOT, Resource, render

OLDEST = "1.30"
FOREIGN = {"ExternalSecret"}
WORKERS = {f"worker-{name}" for name in NAMES}
NAME = "app.kubernetes.io/name"


@cache
def production() -> list[Resource]:
    return render(PRODUCTION)


@cache
def definitions() -> Any:
    return referencing.Resource.from_contents(strict_schema("_definitions")) @ referencing.Registry()


def strict_schema(name: str) -> Any:
    # The package's own function reads and indexes megabytes for each manifest; this does so once.
    folder = (
        files("kubernetes_validate")
        / "kubernetes-json-schema"
        / f"v{kubernetes_validate.latest_version()}-local-strict"
    )
    return json.loads((folder / f"{name}.json").read_text())


def schema_of(one: Resource) -> Draft202012Validator:
    group, _, version = one["apiVersion"].rpartition("/")
    name = "-".join(part for part in (one["kind"].lower(), group.partition(".")[0], version) if part)
    schema = strict_schema(name)
    return Draft202012Validator(schema, registry=referencing.Resource.from_contents(schema) @ definitions())


def of(kind: str) -> dict[str, Resource]:
    return {one["metadata"]["name"]: one for one in production() if one["kind"] == kind}


def pods() -> dict[str, Any]:
    return {name: one["spec"]["template"] for name, one in (of("Deployment") | of("Job")).items()}


def containers() -> dict[str, Any]:
    found = {name: pod["spec"]["containers"] for name, pod in pods().items()}
    assert {len(those) for those in found.values()} == {1}
    return {name: only for name, (only,) in found.items()}


def settings_of_pods() -> dict[str, str]:
    data: dict[str, str] = of("ConfigMap")["bmc-settings"]["data"]
    return data


def secrets_of_pods() -> list[str]:
    return [one["secretKey"] for one in of("ExternalSecret")["bmc-secrets"]["spec"]["data"]]


def test_every_manifest_is_valid() -> None:
    faults = {
        (one["kind"], one["metadata"]["name"]): [fault.message for fault in schema_of(one).iter_errors(one)]
        for one in production()
        if one["kind"] not in FOREIGN
    }

    assert {name: found for name, found in faults.items() if found} == {}
    assert len(faults) == len(production()) - 1


def test_every_kind_of_manifest_is_valid_for_the_oldest_version_that_we_promise() -> None:
    for one in {one["kind"]: one for one in render(BASE)}.values():
        kubernetes_validate.validate(one, OLDEST, strict=True)

    assert f"Kubernetes {OLDEST}" in (ROOT / "docs" / "deployment.md").read_text()


def test_a_manifest_with_a_misspelt_field_is_not_valid() -> None:
    deployment = next(one for one in render(BASE) if one["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, OLDEST, strict=True)


@pytest.mark.parametrize("folder", [BASE, PRODUCTION], ids=["base", "production"])
def test_kubectl_makes_the_same_of_it(folder: Any) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")

    answer = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True)
    theirs = list(yaml.safe_load_all(re.sub(r"\bbmc-settings-[a-z0-9]{10}\b", "bmc-settings", answer.stdout)))

    def sorted_by_name(those: list[Resource]) -> list[Resource]:
        return sorted(those, key=lambda one: (one["kind"], one["metadata"]["name"]))

    assert sorted_by_name(render(folder)) == sorted_by_name(theirs)


def test_every_file_is_used() -> None:
    for folder in (BASE, PRODUCTION):
        said = yaml.safe_load((folder / "kustomization.yaml").read_text())
        used = {*said["resources"], *(patch["path"] for patch in said["patches"]), "kustomization.yaml"}
        used |= {name for generator in said["configMapGenerator"] for name in generator.get("envs", ())}

        assert {str(path.relative_to(folder)) for path in folder.rglob("*.*")} == used - {"../../base"}


def test_every_part_is_there() -> None:
    arguments = {name: one["args"] for name, one in containers().items()}

    assert arguments == {
        "prepare": ["prepare"],
        "router": ["serve", "router"],
        **{name: ["serve", name] for name in NAMES},
        **{f"worker-{name}": ["worker", name] for name in NAMES},
    }


def test_selectors_find_the_pods_of_their_part_and_no_others() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    selecting = {
        (kind, name): spec["selector"].get("matchLabels", spec["selector"]) if kind != "Service" else spec["selector"]
        for kind in ("Deployment", "Service", "PodDisruptionBudget")
        for name, spec in ((name, one["spec"]) for name, one in of(kind).items())
    }

    found = {
        key: [name for name, those in labels.items() if selector.items() <= those.items()]
        for key, selector in selecting.items()
    }
    assert found == {key: [key[1]] for key in selecting}


def test_labels_say_what_a_pod_is() -> None:
    parts = {name: pod["metadata"]["labels"]["app.kubernetes.io/component"] for name, pod in pods().items()}

    assert parts == {
        "prepare": "preparation",
        "router": "router",
        **dict.fromkeys(NAMES, "subgraph"),
        **dict.fromkeys(WORKERS, "worker"),
    }
    assert {pod["metadata"]["labels"]["app.kubernetes.io/part-of"] for pod in pods().values()} == {"bookmyconsultation"}


def test_subgraphs_are_where_the_supergraph_says() -> None:
    declared = yaml.safe_load((ROOT / "supergraph.yaml").read_text())["subgraphs"]
    wanted = {url.hostname: url.port for url in (urlsplit(one["routing_url"]) for one in declared.values())}

    services = {name: [port["port"] for port in one["spec"]["ports"]] for name, one in of("Service").items()}

    assert services == {"router": [4000], **{name: [port] for name, port in wanted.items()}}
    assert {one["ports"][0]["name"] for name, one in containers().items() if name != "prepare"} == {"http"}
    assert {one["spec"]["ports"][0]["targetPort"] for one in of("Service").values()} == {"http"}


def test_every_deployment_is_scaled_and_keeps_a_pod_while_nodes_are_emptied() -> None:
    deployments = set(of("Deployment"))
    scaled = {name: one["spec"] for name, one in of("HorizontalPodAutoscaler").items()}

    assert set(scaled) == deployments == {"router", *NAMES, *WORKERS}
    assert {name: spec["scaleTargetRef"]["name"] for name, spec in scaled.items()} == {name: name for name in scaled}
    assert {spec["minReplicas"] for spec in scaled.values()} == {2}
    assert {name for name, one in of("Deployment").items() if "replicas" in one["spec"]} == set()
    assert {(name, one["spec"]["maxUnavailable"]) for name, one in of("PodDisruptionBudget").items()} == {
        (name, 1) for name in deployments
    }


def test_workers_are_no_more_than_a_topic_has_partitions() -> None:
    from shared.events.kafka_url import read_url

    most = {one["spec"]["maxReplicas"] for name, one in of("HorizontalPodAutoscaler").items() if name in WORKERS}

    assert most == {read_url("kafka://host").partitions}


def test_a_pod_may_do_nothing_but_work() -> None:
    for name, pod in pods().items():
        spec, container = pod["spec"], containers()[name]

        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}
    assert "USER 10001:10001" in (ROOT / "Dockerfile").read_text()


def test_probes_ask_what_they_are_for() -> None:
    deployed = {name: one for name, one in containers().items() if name != "prepare"}
    asked = {
        name: tuple(one[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness"))
        for name, one in deployed.items()
    }

    # A router is ready when it lives: that a subgraph is down must not take the others from it.
    assert asked.pop("router") == ("/health", "/health", "/health")
    assert set(asked.values()) == {("/health", "/ready", "/health")}


def test_what_is_told_to_end_has_time_to() -> None:
    finishing = 10.0 + RouterConfig().drain_seconds

    for name, one in of("Deployment").items():
        longest = one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        before = containers()[name]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert before + finishing + 10 <= longest


def test_parts_are_replaced_without_a_gap_and_spread_over_zones_and_nodes() -> None:
    for one in of("Deployment").values():
        spread = one["spec"]["template"]["spec"]["topologySpreadConstraints"]

        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert [rule["topologyKey"] for rule in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
        assert {tuple(rule["matchLabelKeys"]) for rule in spread} == {(NAME, "pod-template-hash")}


def test_what_pods_are_told_are_settings() -> None:
    known = {f"BMC_{name.upper()}" for name in Settings.model_fields} | {"OTEL_EXPORTER_OTLP_ENDPOINT"}
    known |= {f"BMC_NOTIFICATIONS_{name.upper()}" for name in NotificationSettings.model_fields}

    assert settings_of_pods().keys() | set(secrets_of_pods()) <= known
    assert {name for name, one in containers().items() if "env" in one} == set()


def test_settings_and_secret_together_leave_nothing_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**settings_of_pods(), **dict.fromkeys(secrets_of_pods(), "given")}.items():
        monkeypatch.setenv(name, value)

    settings = read_settings()

    assert (settings.embedded, settings.env) == ([], "production")
    assert read_notification_settings().ses_topic == settings_of_pods()["BMC_NOTIFICATIONS_SES_TOPIC"]


def test_only_what_has_stores_gets_the_secret() -> None:
    given = {name for name, one in containers().items() if {"secretRef": {"name": "bmc-secrets"}} in one["envFrom"]}

    assert given == set(containers()) - {"router"}
    assert {str(one["envFrom"][0]) for one in containers().values()} == {"{'configMapRef': {'name': 'bmc-settings'}}"}


def test_no_manifest_holds_a_secret() -> None:
    assert of("Secret") == {}
    for path in KUBERNETES.rglob("*.*"):
        assert re.search(r"://[^/\s\"']*:[^/\s\"']*@|BEGIN |AKIA", path.read_text()) is None, path


def test_the_image_is_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {one["image"] for one in containers().values()}

    assert {image.rpartition(":")[2] for image in images} == {version}
    assert len(images) == 1


def test_only_what_clients_need_is_public() -> None:
    (rule,) = of("Ingress")["router"]["spec"]["rules"]
    paths = [(path["path"], path["pathType"]) for path in rule["http"]["paths"]]

    def is_led(wanted: str) -> bool:
        return any(wanted == path or (how == "Prefix" and wanted.startswith(f"{path}/")) for path, how in paths)

    assert [page for page in ("/graphql", *CALLED_BACK, *(route.path for route in PAGES)) if not is_led(page)] == []
    assert [page for page in ("/metrics", "/ready", "/health", "/mailbox", "/files/a") if is_led(page)] == []
    assert of("Ingress")["router"]["spec"]["tls"][0]["hosts"] == [rule["host"]]
    assert settings_of_pods()["BMC_PUBLIC_URL"] == f"https://{rule['host']}"


def test_nothing_may_be_spoken_that_is_not_said() -> None:
    policies = of("NetworkPolicy")

    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert {name for name, one in policies.items() if one["spec"]["podSelector"] == {}} == {"nothing-else", "names"}


def test_policies_speak_of_labels_and_ports_that_pods_have() -> None:
    labels = {tuple(label) for pod in pods().values() for label in pod["metadata"]["labels"].items()}
    text = str([one["spec"] for one in of("NetworkPolicy").values()])
    named = set(re.findall(r"'(app\.kubernetes\.io/[\w-]+)': '([\w-]+)'", text))
    named |= {("app.kubernetes.io/component", one) for one in ("subgraph", "worker", "preparation")}
    ingress = [rule for one in of("NetworkPolicy").values() for rule in one["spec"].get("ingress", ())]

    assert named <= labels
    assert {port["port"] for rule in ingress for port in rule["ports"]} == {4000}
    assert "values': ['subgraph', 'worker', 'preparation']" in text
    assert "BMC_PORT=4000" in (ROOT / "Dockerfile").read_text()


def test_stores_are_spoken_to_by_those_that_have_them() -> None:
    policy = of("NetworkPolicy")["from-parts-to-stores"]["spec"]
    (chosen,) = policy["podSelector"]["matchExpressions"]
    ports = {port["port"] for port in policy["egress"][0]["ports"]}

    assert "router" not in chosen["values"]
    assert ports == {443, 3306, 27017, 9092}
    assert policy["egress"][0]["to"][0]["ipBlock"]["except"] == ["169.254.169.254/32"]


def test_the_load_balancer_gives_idle_connections_up_first() -> None:
    said = of("Ingress")["router"]["metadata"]["annotations"]["alb.ingress.kubernetes.io/load-balancer-attributes"]
    idle = re.fullmatch(r"idle_timeout\.timeout_seconds=(\d+)", said)
    kept = re.search(r"timeout_keep_alive=(\d+)", (ROOT / "bmc" / "serving.py").read_text())

    assert idle is not None
    assert kept is not None
    assert RouterConfig().subscriptions.heartbeat_seconds < int(idle[1]) < int(kept[1])
