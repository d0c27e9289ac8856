"""The benchmark of the monitor runs and its figures add up. No test checks how fast it is."""

import json

import pytest
from click.testing import CliRunner

from benchmarks import monitor


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
