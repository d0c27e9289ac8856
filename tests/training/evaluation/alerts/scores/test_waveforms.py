"""The standard's test waveforms."""

import pytest

from tests.support.monitor_findings import alert, findings
from training.evaluation.alerts.findings import DetectedAlert
from training.evaluation.alerts.scores.waveforms import WaveformRow, score_waveform, waveform_runs
from wardbeat.ecg.waveforms import GAINS, WAVEFORMS


def scored(name: str, bpm: float | None, *alerts: DetectedAlert) -> WaveformRow:
    return score_waveform(name, 1.0, findings(*alerts, hr_bpm=[(float(t), bpm) for t in range(120)], duration_s=120.0))


def test_each_tachycardia_is_run_at_every_gain() -> None:
    runs = waveform_runs()
    assert {name for name, _ in runs} == set(WAVEFORMS)
    assert [gain for name, gain in runs if name == "tachycardia_4a"] == list(GAINS)
    assert len({run.name for run in runs.values()}) == len(runs)


@pytest.mark.parametrize(
    ("name", "bpm", "alerts", "right"),
    [
        ("bigeminy_3a", 80.0, (), True),
        ("bigeminy_3a", 40.0, (), False),
        ("tall_t", None, (), False),
        ("no_qrs", None, (alert("asystole", 0.0, 4.0),), True),
        ("no_qrs", 80.0, (alert("asystole", 0.0, 4.0),), False),
        ("tachycardia_4a", 206.0, (alert("ventricular_tachycardia", 60.5, 64.0),), True),
        ("tachycardia_4a", 206.0, (alert("ventricular_fibrillation", 60.5, 64.0),), True),
        ("tachycardia_4a", 206.0, (alert("ventricular_tachycardia", 60.5, 70.5),), False),
        ("tachycardia_4a", 206.0, (alert("ventricular_tachycardia", 20.0, 24.0, 30.0),), False),
        ("tachycardia_4a", 206.0, (alert("extreme_tachycardia", 60.5, 64.0),), False),
        ("step_80_40", 40.0, (alert("extreme_bradycardia", 60.0, 68.0),), True),
    ],
)
def test_rate_and_alert(name: str, bpm: float | None, alerts: tuple[DetectedAlert, ...], right: bool) -> None:
    assert scored(name, bpm, *alerts).right == right


def test_other_alerts_are_named() -> None:
    row = scored("tachycardia_4b", 195.0, alert("asystole", 61.0, 65.0), alert("couplet", 61.0, 62.0))
    assert (row.raised_s, row.other_codes) == (None, ["asystole"])
