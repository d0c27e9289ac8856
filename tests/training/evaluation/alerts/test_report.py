"""The report of an alert evaluation: JSON, page, plots and strips; the test set stays hidden."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.support.monitor_findings import findings, rhythm
from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.evaluate import AlertResults, FolderErrors
from training.evaluation.alerts.findings import MonitorRun
from training.evaluation.alerts.monitor_runner import RunResult
from training.evaluation.alerts.report import write_report
from training.evaluation.alerts.results import AlertEvaluation, FolderFigures
from training.evaluation.alerts.scores.intervals import RhythmInterval
from wardbeat.ecg.waveforms import waveform_record

NAMES = ("100", "119")
"""100 is of DS2, the test set; 119 of DS1."""


def results() -> AlertResults:
    source = partial(waveform_record, "step_80_40")
    signals = {name: RunResult(MonitorRun(name, source), findings(name=name, duration_s=120)) for name in NAMES}
    errors = [AlertError("missed asystole", name, name, 30.0, "no alert") for name in NAMES]
    figures = FolderFigures(
        folder="mitdb", kind="mitdb", records=dict.fromkeys(NAMES, "unseen"), seen={"unseen": 2}, hours=0.1, asystole=[]
    )
    references: dict[str, Sequence[RhythmInterval]] = {name: [rhythm("(N", 0, 120)] for name in NAMES}
    return AlertResults(
        AlertEvaluation([figures], None, [], {"in service": "0" * 64}, 0),
        [FolderErrors("mitdb", errors, signals, references)],
    )


@pytest.mark.parametrize(("test_strips", "records", "hidden"), [(False, {"119"}, 1), (True, {"100", "119"}, 0)])
def test_errors_of_the_test_set_are_hidden_unless_wanted(
    tmp_path: Path, test_strips: bool, records: set[str], hidden: int
) -> None:
    report = write_report(tmp_path, results(), test_strips=test_strips)
    (shown,) = report.errors
    assert ({case.record for case in shown.cases}, shown.hidden) == (records, hidden)
    strips = tmp_path / "figures" / "strips" / "mitdb"
    assert {path.name for path in strips.iterdir()} == {case.file for case in shown.cases}
    page = (tmp_path / "report.html").read_text()
    assert ("of DS2 are hidden" in page) == (not test_strips)
    assert page.count("data:image/png;base64,") == len(records)
    assert msgspec.json.decode((tmp_path / "report.json").read_bytes())["errors"][0]["hidden"] == hidden
