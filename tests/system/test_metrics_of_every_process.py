"""Every process of a ward, asked from outside while it works."""

import json
import urllib.error
import urllib.request
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.limits import WAIT_S
from wardbeat.embedded.processes import free_ports, wait_until
from wardbeat.embedded.services import environment, start_dashboard, start_escalator, start_replay, start_worker
from wardbeat.observability.metrics import METRICS

pytestmark = pytest.mark.slow
PROCESSES = ("worker", "dashboard", "escalator", "replay")
NOT_AT_ONCE = {
    "wardbeat_worker_alerts_total", "wardbeat_worker_clock_drift_ppm", "wardbeat_escalator_canary_age_seconds",
    "wardbeat_escalator_canary_delay_seconds",
}  # fmt: skip
"""They have no value before the first alert, before a minute of a stream, and before the canary's first proof."""
ADDED_BY_THE_LIBRARY = "process_"


def get(port: int, path: str) -> tuple[int, str]:
    """Status and text; 0 where nobody listens yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=WAIT_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def is_ready(port: int) -> bool:
    return get(port, "/ready")[0] == 200


def samples(port: int) -> dict[str, float]:
    """Every sample of a process, those with the same name added up."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(get(port, "/metrics")[1]):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def judges_two(worker: dict[str, float]) -> bool:
    measured = {"wardbeat_worker_lag_seconds", "wardbeat_worker_model_seconds_count"} <= worker.keys()
    return measured and worker["wardbeat_worker_streams"] == 2


def test_every_process_of_a_ward_shows_what_it_does(ward_topics: str, redis_server: str, tmp_path: Path) -> None:
    ports = dict(zip(PROCESSES, free_ports(len(PROCESSES)), strict=True))
    (dashboard_port,) = free_ports(1)
    common = environment(ward_topics, redis_server, "w1", tmp_path) | {"WARDBEAT_CANARY": "on"}
    own = {name: common | {"WARDBEAT_METRICS_PORT": str(port)} for name, port in ports.items()}

    with ExitStack() as running:
        worker = running.enter_context(start_worker(tmp_path, own["worker"]))
        services = [
            worker,
            running.enter_context(start_dashboard(tmp_path, own["dashboard"], "127.0.0.1", dashboard_port)),
            running.enter_context(start_escalator(tmp_path, own["escalator"])),
        ]
        wait_until("the worker can be asked", lambda: get(ports["worker"], "/health")[0] == 200, WAIT_S, services)
        for name in ("dashboard", "escalator", "worker"):
            wait_until(f"{name} is ready", partial(is_ready, ports[name]), WAIT_S, services)
        arguments = ["--synthetic", "--patients", "2", "--duration", "600"]
        running.enter_context(start_replay(tmp_path, own["replay"], arguments))
        judged = "both patients' ECG is judged and its lag measured"
        wait_until(judged, lambda: judges_two(samples(ports["worker"])), WAIT_S, services)
        seen = {name: samples(port) for name, port in ports.items()}
        ready = json.loads(get(ports["worker"], "/ready")[1])

    for name, found in seen.items():
        families = {sample.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for sample in found}
        assert {family for family in families - METRICS.keys() if not family.startswith(ADDED_BY_THE_LIBRARY)} == set()
        promised = {metric for metric in METRICS if metric.startswith(f"wardbeat_{name}_")}
        assert promised - families <= NOT_AT_ONCE
        assert found["wardbeat_need_met"] >= 1
        assert "process_resident_memory_bytes" in families
    assert ready == {"ready": True, "problem": None, "needs": {"networks": None, "partitions": None, "redis": None}}
    assert seen["worker"]["wardbeat_worker_streams"] == 2
    assert seen["worker"]["wardbeat_worker_stage_seconds_count"] > 0
    assert 0 < seen["worker"]["wardbeat_worker_lag_seconds"] < WAIT_S
    assert seen["replay"]["wardbeat_replay_chunks_sent_total"] > 0
    assert seen["replay"]["wardbeat_replay_patients"] == 2
