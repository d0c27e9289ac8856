"""The evaluation puts the sections of each folder together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.monitor_findings import alert, findings
from tests.support.records_on_disk import counting, write_record
from training.evaluation.alerts.evaluate import AlertPlan, _evaluate_folder
from training.evaluation.alerts.findings import MonitorFindings, MonitorRun
from training.evaluation.alerts.folders import read_folder
from training.evaluation.alerts.monitor_runner import MonitorRunner
from training.evaluation.provenance import Bundle, Bundles


class FixedFindings(MonitorRunner):
    """Gives the same findings for every signal, in place of the monitor."""

    def run(self, stage: str, runs: Mapping[str, Sequence[MonitorRun]]) -> dict[str, MonitorFindings]:
        assert stage == "records"
        assert {run.stop_s for of_record in runs.values() for run in of_record} == {300.0}, "up to the alarm"
        return {
            run.name: findings(alert("asystole", 292, 296), name=run.name)
            for of_record in runs.values()
            for run in of_record
        }


def test_alarms_are_scored_with_the_provenance_of_their_scorers(tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        write_record(tmp_path, counting(2, 2500), name=name)
    (tmp_path / "ALARMS").write_text("a1,Asystole,1\na2,Ventricular_Tachycardia,1\n")
    folder = read_folder(tmp_path, None)
    bundles = Bundles(Bundle(None, frozenset({"a2"}), ""), [])
    runner = FixedFindings(folder.name, bundles, 1, lambda *_: None)
    figures, errors = _evaluate_folder(folder, runner, AlertPlan([folder]), None)
    assert figures.challenge_2015 is not None
    row = figures.challenge_2015.types[-1]
    assert (row.tp, row.fn, row.fp, row.tn) == (1, 1, 0, 0)
    assert (figures.records, figures.seen) == ({"a1": "unseen", "a2": "fitted on"}, {"unseen": 1, "fitted on": 1})
    assert figures.hours == pytest.approx(600 / 3600, abs=1e-3)
    assert figures.ventricular is None
    assert [(case.kind, case.record) for case in errors.cases] == [("missed Ventricular Tachycardia", "a2")]
