"""The report of an alert evaluation: JSON, page, plots and strips; the test set stays hidden."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.support.monitor_findings import alert, findings, rhythm
from training.data.undisputed import UndisputedStretch
from training.evaluation.alerts.error_cases import AlertError
from training.evaluation.alerts.evaluate import AlertResults, FolderErrors
from training.evaluation.alerts.findings import MonitorRun
from training.evaluation.alerts.monitor_runner import RunResult
from training.evaluation.alerts.report import write_report
from training.evaluation.alerts.results import AlertEvaluation, FolderFigures, VentricularFigures
from training.evaluation.alerts.scores.borne_out import RecordAlerts, borne_out_of
from training.evaluation.alerts.scores.episodes import RUN, episode_row, score_episodes
from training.evaluation.alerts.scores.intervals import RhythmInterval
from training.evaluation.alerts.scores.naming import name_record, naming
from training.evaluation.alerts.scores.proportions import resample_records
from training.evaluation.alerts.scores.segments import LIVE, detected_intervals, score_segments, segment_row
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


def ventricular_figures() -> VentricularFigures:
    """Flutter of 20 s, alerted as VT for its first half."""
    found = findings(alert("ventricular_tachycardia", 12, 14, 20), name="r", duration_s=120)
    reference = [rhythm("(N", 0, 10), rhythm("(VFL", 10, 30), rhythm("(ASYS", 30, 40), rhythm("(NOISE", 40, 120)]
    resamples = resample_records(["r"], 0)
    segments = [score_segments(reference, detected_intervals(found, LIVE), 120.0)]
    episodes = score_episodes("r", found, reference)
    row = episode_row("VF", [episodes], 10.0, resamples)
    names = name_record(found, reference, [UndisputedStretch("r", 10, 30, "VF", "test")])
    return VentricularFigures(
        [segment_row(LIVE, segments, resamples)], [row], row, episodes, [], naming({"r": names}, resamples)
    )


def test_high_alerts_have_a_table_for_each_folder_and_one_together(tmp_path: Path) -> None:
    resamples = resample_records(["r"], 0)
    records = {"r": RecordAlerts(24.0, {"asystole": 4}, {"asystole": 3})}
    figures = borne_out_of(records, (episode_row(RUN, [[]], 10.0, resamples), []), resamples)
    whole = results()
    (folder,) = whole.evaluation.folders
    folder = msgspec.structs.replace(folder, borne_out=figures, ventricular=ventricular_figures())
    evaluation = msgspec.structs.replace(whole.evaluation, folders=[folder], borne_out=figures)
    write_report(tmp_path, whole._replace(evaluation=evaluation))
    page = (tmp_path / "report.html").read_text()
    row = '<td>asystole</td><td class="n">4</td><td class="n">3</td><td class="n">75.0'
    assert page.count(row) == 2
    assert page.count("not borne out, in 24 h") == 2
    assert 'id="together"' in page
    assert "as the mean over 1 patients: 0.0 %" in page
    assert "VF alerts in 0.02 h of annotated noise: 0." in page
    assert "Of 10 s of annotated asystole, 0 s had an alert of VF: 0.0 %" in page
    written = msgspec.json.decode((tmp_path / "report.json").read_bytes())["evaluation"]
    assert written["borne_out"]["codes"][-1]["code"] == "all"
