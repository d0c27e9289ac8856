"""The report of the detector: page, JSON, plots and strips."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.support.records_on_disk import counting, write_record
from tests.support.scored_beats import scored_beats, scored_record, scored_windows
from training.evaluation.detector.compare import DetectorResult
from training.evaluation.detector.ec57 import count
from training.evaluation.detector.evaluate import (
    DELAYS,
    FAULTS,
    MIXED,
    NSTDB,
    OTHERS,
    DetectorPlan,
    DetectorResults,
    figures_of,
)
from training.evaluation.detector.latency import Delays
from training.evaluation.detector.report import DetectorReport, write_report
from training.evaluation.detector.second_opinion import FORMS
from training.evaluation.provenance import Scorer

BEATS = scored_beats(
    *[("N", "N")] * 40, *[("V", "V")] * 5, ("N", "V"), ("V", "none"), ("S", "N"), ("S", "S"), ("F", "V")
)
WINDOWS = scored_windows([False, True] * 10, [0.1, 0.9, 0.2, 0.7, 0.3] * 4)


def evaluated(names: list[str]) -> DetectorResults:
    scored = [scored_record(name, BEATS, WINDOWS) for name in names]
    results: dict[str, Sequence[tuple[Any, Any]]] = {
        DELAYS: [(None, Delays(np.array([0.3, 0.4]), np.array([1.2])))],
        NSTDB: [(None, [scored_record("118e06", BEATS)])],
        MIXED: [(6.0, [scored_record("103", BEATS)])],
        FAULTS: [("half gain", scored)],
        OTHERS: [
            (None, [DetectorResult("xqrs", names[0], count(BEATS), 9.0, 1800.0)]),
            (None, [DetectorResult(form, names[0], count(BEATS), 18.0, 1800.0) for form in FORMS]),
        ],
    }
    seen = {name: Scorer("fitted on") if name == "119" else Scorer("held out", 2) for name in names}
    return DetectorResults(figures_of(scored, seen, results, {"in service": "0" * 64}, seed=0), scored)


@pytest.fixture
def plan(tmp_path: Path) -> DetectorPlan:
    """Records of five and a half minutes, as the errors are in the sixth."""
    records = tmp_path / "records"
    records.mkdir()
    return DetectorPlan([write_record(records, counting(2, 82_500), name=name) for name in ("100", "119", "201")])


@pytest.mark.slow
def test_page_json_and_figures_are_written(tmp_path: Path, plan: DetectorPlan) -> None:
    out = tmp_path / "out"
    out.mkdir()
    report = write_report(out, evaluated(["100", "119", "201"]), plan, ["bw"])
    decoded = msgspec.json.decode((out / "report.json").read_bytes(), type=dict)
    assert set(decoded) == set(DetectorReport.__struct_fields__)
    assert decoded["evaluation"]["detectors"][1]["hears"] == "one lead, the whole record at once"
    assert [row["detector"] for row in decoded["evaluation"]["detectors"][2:]] == list(FORMS)
    page = (out / "report.html").read_text()
    for words in (
        "1 of 3 records were scored by networks that were fitted on",
        "held out (fold 2)",
        "left out: bw",
        "Noise stress",
        "Lead faults",
        "half gain",
        "xqrs",
        "The errors of 1 records of DS2 are hidden",
        "predicted V (p of V = 0.90)",
    ):
        assert words in page, words
    assert ">nan<" not in page
    assert {path.name for path in (out / "figures" / "strips").iterdir()} == {case.file for case in report.errors}
    assert {case.record for case in report.errors} == {"119", "201"}
    assert len(report.figures) == 6


@pytest.mark.slow
def test_strips_of_the_test_set_are_shown_with_the_option(tmp_path: Path, plan: DetectorPlan) -> None:
    out = tmp_path / "out"
    out.mkdir()
    report = write_report(out, evaluated(["100"]), plan._replace(paths=plan.paths[:1]), test_strips=True)
    assert {case.record for case in report.errors} == {"100"}
    assert "are hidden" not in (out / "report.html").read_text()
