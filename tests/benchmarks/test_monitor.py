"""The benchmark runs, its figures add up, and the timers count each nanosecond once. How fast it is, no test says."""

import json
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from benchmarks import monitor
from benchmarks.timers import Timers


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_time_in_a_timed_function_is_its_own_only() -> None:
    place = SimpleNamespace(inner=lambda: spin(0.03))

    def outer() -> None:
        spin(0.01)
        place.inner()

    place.outer = outer
    timers, inner = Timers(), place.inner
    with timers.around({"outer": [(place, "outer")], "inner": [(place, "inner")]}):
        place.outer()
    assert place.inner is inner
    assert place.outer is outer
    assert timers.own_ns["outer"] / timers.own_ns["inner"] == pytest.approx(1 / 3, rel=0.2)


def test_a_stage_may_be_named_by_the_first_argument() -> None:
    timers = Timers()
    timers.timed("{} network", lambda network: network)("beat")
    assert list(timers.own_ns) == ["beat network"]


@pytest.mark.slow
def test_prints_what_each_stage_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "pin_to_one_core", lambda: None)  # it would hold for the tests that follow
    monkeypatch.setattr(monitor, "PATIENTS", (1, 2))
    result = CliRunner().invoke(monitor.main, ["--seconds", "12", "--patients", "2", "--runs", "1", "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output.splitlines()[-1])
    assert sum(figures["shares"].values()) == pytest.approx(1)
    assert {"decode", "filter + QRS", "beat network", "window network", "rhythm + alerting"} <= set(figures["shares"])
    assert figures["us_per_s"]["least"] <= figures["us_per_s"]["median"] <= figures["us_per_s"]["most"]
    assert set(figures["by_patients"]) == {"1", "2"}
