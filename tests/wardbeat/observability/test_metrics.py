"""The table of metrics agrees with the rules of monitoring systems and with its use in the code."""

import re
from pathlib import Path

import pytest

from wardbeat.observability.metrics import METRICS, Metric, Reading, histogram

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("wardbeat", "processors", "producers", "dashboard")


def test_every_metric_has_its_value_from_one_place() -> None:
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    table = (ROOT / "wardbeat" / "observability" / "metrics.py").read_text(encoding="utf-8")
    used = re.findall(
        r'"(wardbeat_(?:worker|replay|dashboard|escalator|info|need|loop|clock)\w*)"', code.replace(table, "")
    )
    assert sorted(used) == sorted(METRICS)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_names_follow_the_rules_of_monitoring_systems(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(metric.buckets)
    assert not re.search(r"(_ms|_s|_millis)(_total)?$", metric.name)  # base units, written out
    labels = {"", "version", "need", "code", "kind", "stream", "stage", "network", "monitored", "priority"}
    assert metric.label in labels


def test_an_unknown_value_is_left_out() -> None:
    known: float | None = None
    reading = Reading("wardbeat_worker_streams", lambda: known)
    assert [sample for family in reading.collect() for sample in family.samples] == []
    known = 0
    assert [sample.value for family in reading.collect() for sample in family.samples] == [0]


def test_a_label_separates_the_values() -> None:
    reading = Reading("wardbeat_worker_alerts_total", lambda: {"pause": 2, "asystole": 1})
    samples = [sample for family in reading.collect() for sample in family.samples]
    assert {sample.labels["code"]: sample.value for sample in samples} == {"pause": 2, "asystole": 1}
    assert {sample.name for sample in samples} == {"wardbeat_worker_alerts_total"}


def test_a_histogram_has_no_superfluous_series() -> None:
    one = histogram("wardbeat_worker_batch_records")
    one.observe(3)
    samples = [sample for family in one.collect() for sample in family.samples]
    assert {sample.name.rpartition("_")[2] for sample in samples} == {"bucket", "count", "sum"}
