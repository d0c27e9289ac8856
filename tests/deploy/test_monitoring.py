"""The Grafana dashboard and Prometheus' rules ask for what the processes show, and people can read what it means."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wardbeat.observability.metrics import METRICS, Metric

ROOT = Path(__file__).resolve().parents[2]
FROM_PROMETHEUS = {"instance", "job", "service", "le"}
"""Labels that Prometheus adds to what it reads, or that histograms have."""
PROCESS_METRICS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
"""What its client library adds."""


@cache
def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "wardbeat.json").read_text(encoding="utf-8"))
    return board


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def dashboard_queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def rules() -> dict[str, str]:
    """The query of each alarm by its name."""
    text = (ROOT / "deploy" / "prometheus-rules.yml").read_text(encoding="utf-8")
    return dict(re.findall(r"- alert: (\w+)\n\s+expr: (.+)", text))


def asked_for(query: str) -> list[Metric | None]:
    """The metrics of a query; None for one that nobody shows."""
    found: list[Metric | None] = []
    for name in re.findall(r"\b(?:wardbeat|process)_\w+", query):
        plain = re.sub(r"_(bucket|sum|count)$", "", name)
        metric = METRICS.get(name) or METRICS.get(plain)
        if name in PROCESS_METRICS:
            continue
        is_part = plain != name and METRICS.get(name) is None
        found.append(metric if metric and is_part == (metric.kind == "histogram") else None)
    return found


@pytest.mark.parametrize("query", [*dashboard_queries(), *rules().values()])
def test_every_query_asks_for_metrics_and_labels_that_are_there(query: str) -> None:
    metrics = asked_for(query)
    assert None not in metrics
    groups = re.findall(r"\bby \(([^)]*)\)", query) + re.findall(r"(\w+)(?==\"|=~\")", query)
    labels = {label.strip() for group in groups for label in group.split(",")}
    assert labels <= FROM_PROMETHEUS | {metric.label for metric in metrics if metric}
    counters = {metric.name for metric in metrics if metric and metric.kind != "gauge"}
    assert all(re.search(rf"(rate|increase)\({name}\w*\[", query) for name in counters)
    gauges = {metric.name for metric in metrics if metric and metric.kind == "gauge"}
    assert not any(re.search(rf"(rate|increase)\({name}", query) for name in gauges)


def test_a_query_for_what_nobody_shows_would_be_found() -> None:
    assert asked_for("rate(wardbeat_worker_beets_total[1m])") == [None]
    assert asked_for("wardbeat_worker_stage_seconds") == [None]
    assert asked_for("wardbeat_worker_streams_bucket") == [None]
    assert asked_for("rate(wardbeat_worker_stage_seconds_sum[1m])") == [METRICS["wardbeat_worker_stage_seconds"]]


def test_legends_name_labels_that_the_query_leaves() -> None:
    for panel in panels():
        for target in panel["targets"]:
            names = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            (group,) = re.findall(r"by \(([^)]*)\)", target["expr"])[:1] or [None]
            left = {label.strip() for label in group.split(",")} if group else None
            of_metrics = {metric.label for metric in asked_for(target["expr"]) if metric}
            assert names <= (FROM_PROMETHEUS | of_metrics if left is None else left), panel["title"]


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    on_it = {metric.name for query in dashboard_queries() for metric in asked_for(query) if metric}
    assert set(METRICS) - on_it == set()


def test_every_alarm_is_explained() -> None:
    text = (ROOT / "docs" / "how-to" / "watch-the-system.md").read_text(encoding="utf-8")
    alarms = text.partition("own alarms mean")[2]
    explained = re.findall(r"^\| `(\w+)` \| \S", alarms, flags=re.MULTILINE)
    assert len(rules()) > 10
    assert sorted(explained) == sorted(rules())
