"""What deploy/observability asks for exists: metrics and their labels, scrape targets, runbooks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

import shared.events.observing
import shared.metrics
from router.server.access_log import AccessLog

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
LANGUAGE = {
    *("sum", "max", "count", "rate", "increase", "histogram_quantile", "topk", "time", "by", "and", "or", "unless"),
    *("on", "offset"),
}
FROM_PROMETHEUS = {"up"}
LABELS_FROM_PROMETHEUS = {"instance", "job", "le"}


def loaded(path: str) -> Any:
    return yaml.safe_load((FOLDER / path).read_text())


def rules() -> list[dict[str, Any]]:
    return [rule for group in loaded("alerts.yml")["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / "grafana/dashboards/bookmyconsultation.json").read_text())[
        "panels"
    ]
    return found


def expressions() -> dict[str, str]:
    asked = {rule["alert"]: rule["expr"] for rule in rules()}
    for panel in panels():
        for target in panel.get("targets", ()):
            asked[f"{panel['title']} {target['refId']}"] = target["expr"]
    return asked


def families() -> dict[str, set[str]]:
    """Answer the labels of every series that a process of ours can show."""
    found: dict[str, set[str]] = {}
    for registry in (shared.metrics.REGISTRY, AccessLog(enabled=False).registry):
        found |= dict(_series(registry))
    return found


def _series(registry: CollectorRegistry) -> Iterator[tuple[str, set[str]]]:
    for collector in registry._collector_to_names:
        labels = set(collector._labelnames) if isinstance(collector, MetricWrapperBase) else {"consumer"}
        for family in collector.collect():
            for suffix in SUFFIXES.get(family.type, ()):
                yield f"{family.name}{suffix}", labels


def without_texts(expression: str) -> str:
    return re.sub(r'"[^"]*"', "", expression)


def names_in(expression: str) -> set[str]:
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|on) \([^)]*\)|\boffset \w+", " ", without_texts(expression))
    return set(WORD.findall(bare)) - LANGUAGE


def labels_in(expression: str) -> set[str]:
    text = without_texts(expression)
    grouped = [label for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", text) for label in WORD.findall(labels)]
    chosen = [label for labels in re.findall(r"\{([^}]*)\}", text) for label in WORD.findall(labels)]
    return {*grouped, *chosen}


@pytest.mark.parametrize("where", expressions())
def test_every_metric_that_is_asked_for_is_registered(where: str) -> None:
    asked = names_in(expressions()[where])

    assert asked
    assert asked - FROM_PROMETHEUS - set(families()) == set()


@pytest.mark.parametrize("where", expressions())
def test_every_label_that_is_asked_for_is_one_of_its_metrics(where: str) -> None:
    expression, known = expressions()[where], families()
    had = {label for name in names_in(expression) for label in known.get(name, set())}

    assert labels_in(expression) - had - LABELS_FROM_PROMETHEUS == set()


def test_names_are_found_in_an_expression() -> None:
    expression = 'sum by (kind) (rate(a_total{code=~"x|y"}[5m])) / on (kind) b unless c{d="e"} offset 10m > 0.5'

    assert names_in(expression) == {"a_total", "b", "c"}
    assert labels_in(expression) == {"kind", "code", "d"}


def test_every_family_of_ours_is_looked_at() -> None:
    ours = {name for name in families() if name.startswith(("bmc_", "router_"))}
    asked = {name for expression in expressions().values() for name in names_in(expression)}
    stems = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}

    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours} - stems == set()


def test_every_alert_leads_to_what_to_do() -> None:
    chapters = set(re.findall(r"^### (\w+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE))

    assert {rule["alert"] for rule in rules()} == chapters
    assert {rule["annotations"]["runbook"] for rule in rules()} == {
        f"docs/operations.md#{rule['alert'].lower()}" for rule in rules()
    }


def test_every_alert_says_how_urgent_it_is_and_what_it_saw() -> None:
    assert {rule["labels"]["severity"] for rule in rules()} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"].endswith(".") for rule in rules())


def test_runbooks_that_panels_name_exist() -> None:
    named = {
        name
        for panel in panels()
        for runbooks in re.findall(r"Runbook: ([^.]*)\.", panel.get("description", ""))
        for name in runbooks.split(", ")
    }

    assert {"OutboxStuck", "DeadLetters"} <= named
    assert named - {rule["alert"] for rule in rules()} == set()


def test_every_part_of_the_composed_system_is_scraped_where_it_listens() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    parts = {
        f"{name}:{service['environment']['BMC_PORT']}"
        for name, service in services.items()
        if service["image"].startswith("bookmyconsultation:") and service["command"][0] in {"serve", "worker"}
    }
    jobs = loaded("prometheus.yml")["scrape_configs"]

    assert {target for job in jobs for config in job["static_configs"] for target in config["targets"]} == parts


def test_prometheus_reads_the_alerts_and_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    sources = loaded("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    asked = {target["datasource"]["uid"] for panel in panels() for target in panel.get("targets", ())}

    assert loaded("prometheus.yml")["rule_files"] == ["alerts.yml"]
    assert asked == {"prometheus"}
    assert asked <= {source["uid"] for source in sources}


def test_panels_lie_beside_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_the_collector_hands_on_every_span_that_it_is_sent() -> None:
    collector = loaded("otel-collector.yml")
    (pipeline,) = collector["service"]["pipelines"].values()

    assert collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"] == "0.0.0.0:4318"
    for role in ("receivers", "processors", "exporters"):
        assert set(pipeline[role]) == set(collector[role])
