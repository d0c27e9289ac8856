"""The soak run samples memory and lag, and reports what it has when it is interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks import soak
from benchmarks.fleet import Fleet, FleetOptions
from benchmarks.soak import Samples, report, watch
from tests.support.limits import WAIT_S
from wardbeat.embedded.interrupts import Interrupts
from wardbeat.observability.instruments import Instruments, serve_instruments

ROOT = Path(__file__).resolve().parents[2]


class OneProcess:
    """A fleet of only the process of the test; its metrics are on a port, as those of a worker are."""

    restarts: tuple[str, ...] = ()

    def __init__(self, metrics_ports: list[int]) -> None:
        self.processes = {"worker 1": os.getpid()}
        self.metrics_ports = metrics_ports
        self.looks = 0

    def restart_ended(self) -> None:
        self.looks += 1


def test_memory_and_lag_are_sampled_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(soak, "SAMPLE_S", 0.05)
    monkeypatch.setattr(soak, "BEGINNING_S", 0.0)
    instruments, samples = Instruments(), Samples()
    instruments.read("wardbeat_worker_lag_seconds", lambda: {"bed-1": 0.25, "bed-2": 0.75})
    with serve_instruments(instruments, "127.0.0.1", 0) as port:
        assert port is not None
        fleet = OneProcess([port])
        watch(cast("Fleet", fleet), 0.5 / 60, samples, Interrupts())
        dead = OneProcess([])
    samples.take(cast("Fleet", dead), 1.0)
    figures = report(FleetOptions(tmp_path, 2, 1.0, 1), samples, [])
    assert fleet.looks > 0
    assert set(figures["memory"]) == {"worker 1"}
    assert figures["memory"]["worker 1"]["last_mb"] > 20
    assert figures["memory"]["worker 1"]["mb_per_h"] is None, "too short for a slope"
    lag_s = figures["lag_s"]
    assert (lag_s["p50"], lag_s["max"]) == (0.5, 0.75)
    assert 0.5 < lag_s["p99"] <= 0.75
    assert (figures["unanswered"], figures["passed"]) == (0, True)


def test_a_restart_or_a_worker_without_metrics_shows_in_the_report(tmp_path: Path) -> None:
    samples = Samples()
    with serve_instruments(Instruments(), "127.0.0.1", 0) as port:
        assert port is not None
    samples.take(cast("Fleet", OneProcess([port])), 2 * soak.BEGINNING_S)
    figures = report(FleetOptions(tmp_path, 2, 1.0, 1), samples, ["worker 1"])
    assert (figures["restarts"], figures["unanswered"], figures["passed"]) == (1, 1, False)


def last_line(text: str) -> dict[str, Any]:
    figures = json.loads(text.splitlines()[-1])
    assert isinstance(figures, dict)
    return figures


@pytest.mark.minutes
def test_a_soak_that_is_interrupted_reports_what_is_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--logs", str(tmp_path / "logs"), "--json"]
    command += ["--patients", "2", "--workers", "1", "--minutes", "10"]
    out = tmp_path / "out.txt"
    with out.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(command, cwd=ROOT, stdout=file)
    try:
        deadline_s = time.monotonic() + WAIT_S
        while "Patients" not in out.read_text(encoding="utf-8"):
            assert process.poll() is None, out.read_text(encoding="utf-8")
            assert time.monotonic() < deadline_s
            time.sleep(0.2)
        time.sleep(30)  # the run samples lag every 2 s from its 20th second on
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(WAIT_S) in {0, 1}
    finally:
        process.kill()
    figures = last_line(out.read_text(encoding="utf-8"))
    assert {"worker 1", "kafka 1", "kafka 2", "kafka 3", "redis", "replay"} == set(figures["memory"])
    assert figures["memory"]["worker 1"]["last_mb"] > 20
    assert figures["memory"]["worker 1"]["mb_per_h"] is None, "too short for a slope"
    assert 0 < figures["lag_s"]["p50"] <= figures["lag_s"]["max"]
