"""Signals are run in batches and given back in their order, each by the bundle for its record."""

from functools import partial
from pathlib import Path

import pytest

from training.evaluation.alerts.findings import MonitorRun
from training.evaluation.alerts.monitor_runner import MonitorRunner
from training.evaluation.provenance import Bundle, Bundles
from wardbeat.ecg.waveforms import waveform_record


@pytest.mark.slow
def test_signals_are_run_and_kept_by_name() -> None:
    steps: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int, total: int, note: str = "") -> None:
        steps.append((stage, done, total))

    bundles = Bundles(Bundle(None, frozenset(), ""), [Bundle(Path("unused"), frozenset(), "")])
    runner = MonitorRunner("folder", bundles, 1, progress)
    source = partial(waveform_record, "step_80_40")
    runs = {
        "b": [MonitorRun("b2", source, 0, 10), MonitorRun("b1", source, 0, 12)],
        "a": [MonitorRun("a1", source, 0, 11)],
    }
    findings = runner.run("records", runs)
    assert {name: found.duration_s for name, found in findings.items()} == {"b2": 10, "b1": 12, "a1": 11}
    assert list(findings) == ["b2", "b1", "a1"]
    assert [runner.signals[name].run.stop_s for name in findings] == [10, 12, 11]
    assert steps == [("folder, records", 3, 3)]
