"""The strip of an error: its marks, and the time of a signal within its record."""

from functools import partial
from pathlib import Path

from tests.support.monitor_findings import alert, findings, rhythm
from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.error_strips import _marks, _names, draw_error_strip, shift_rhythms
from training.evaluation.alerts.findings import MonitorRun
from training.evaluation.alerts.monitor_runner import RunResult
from training.evaluation.alerts.scores.intervals import TimeInterval
from wardbeat.contracts.alert_codes import CODES
from wardbeat.ecg.waveforms import waveform_record


def test_names_close_to_each_other_are_one_mark() -> None:
    named = [
        (TimeInterval(0, 9), "a"),
        (TimeInterval(6, 9), "b"),
        (TimeInterval(7, 9), "c"),
        (TimeInterval(20, 30), "d"),
    ]
    marks = [(mark.t_s, mark.symbol) for mark in _marks(TimeInterval(2, 12), named)]
    assert marks == [(2, "a"), (6, "b + c")], "an interval from before begins with the strip"


def test_marks_are_of_urgent_and_technical_alerts_and_of_fibrillation() -> None:
    low = next(code for code, one in CODES.items() if (one.kind, one.priority) == ("physiological", "low"))
    found = findings(
        alert("asystole", 1, 2), alert(low, 3, 4), alert("lead_off", 5, 6), rhythms=[(0, "(N"), (9, "(AFIB")]
    )
    assert [name for _, name in _names(found)] == ["asystole", "lead off", "(AFIB"]


def test_the_rhythms_of_a_record_move_with_the_start_of_the_signal() -> None:
    assert shift_rhythms([rhythm("(VF", 30, 50)], 20) == [rhythm("(VF", 10, 30)]


def test_a_strip_is_drawn(tmp_path: Path) -> None:
    run = MonitorRun("step", partial(waveform_record, "step_80_40"))
    case = AlertError("missed asystole", "step", "step", 20.0, "no alert")
    draw_error_strip(tmp_path / case.file, case, RunResult(run, findings(duration_s=120)), [rhythm("(N", 0, 120)])
    assert (tmp_path / "missed_asystole_step_20.0s.png").read_bytes().startswith(b"\x89PNG")
