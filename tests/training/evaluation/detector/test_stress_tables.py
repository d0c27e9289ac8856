"""Rows of noise, lead faults and other detectors."""

import pytest

from tests.support.scored_beats import scored_beats, scored_record
from training.evaluation.detector.compare import DetectorResult
from training.evaluation.detector.ec57 import count
from training.evaluation.detector.latency import LatencyRow
from training.evaluation.detector.second_opinion import REPORT
from training.evaluation.detector.stress_tables import NSTDB_TOGETHER, detector_rows, fault_rows, noise_rows

GOOD = scored_beats(*[("N", "N")] * 9, ("V", "V"))
BAD = scored_beats(*[("N", "N")] * 4, *[("N", "none")] * 6)


def test_noise_rows_are_by_source_and_level() -> None:
    # Beats from 410 s on, a second apart: ten of the twenty lie in the quiet that begins at 420 s.
    beats = scored_beats(*[("N", "none")] * 10, *[("N", "N")] * 10, begin_s=410.0)
    rows = noise_rows([(None, [scored_record("118e06", beats)])], [(-6.0, [scored_record("103", beats)])])
    assert noise_rows([(None, [scored_record("118e_6", beats)])], [])[0].snr_db == -6.0
    assert [(found.source, found.snr_db, found.records) for found in rows] == [
        ("118", 6.0, ["118e06"]),
        ("em mixed in", -6.0, ["103"]),
    ]
    assert rows[0].rates["qrs_se"] == 0.5
    assert rows[0].in_noise["qrs_se"] == 0.0


def test_ventricular_beats_in_noise_and_unreadable_beats_are_reported_for_nstdb_together() -> None:
    good = scored_beats(*[("V", "V")] * 3, ("N", "N"), begin_s=310.0)
    noisy = scored_beats(("V", "V"), ("V", "Q"), ("none", "V"), ("none", "Q"), begin_s=310.0)
    rows = noise_rows([(None, [scored_record("118e06", good), scored_record("119e06", noisy)])], [])
    (together,) = [row for row in rows if row.source == NSTDB_TOGETHER]
    assert together.records == ["118e06", "119e06"]
    assert together.in_noise["v_se"] == pytest.approx(4 / 5)
    assert together.in_noise["v_ppv"] == pytest.approx(4 / 5)
    assert together.in_noise["unreadable"] == pytest.approx(2 / 8)


def test_lead_faults_are_compared_with_the_same_records_without_a_fault() -> None:
    scored = [scored_record("a", GOOD), scored_record("b", GOOD), scored_record("one lead", BAD)]
    faults = [("half gain", [scored_record("a", GOOD)]), ("half gain", [scored_record("b", BAD)])]
    none, half = fault_rows(scored, faults)
    assert (none.fault, none.records, none.rates["qrs_se"]) == ("none", 2, 1.0)
    assert (half.fault, half.records, half.worst) == ("half gain", 2, "b")
    assert half.rates["qrs_se"] == pytest.approx(14 / 20)
    assert fault_rows(scored, []) == []


def test_detectors_with_classes_have_figures_of_them_without_paced_records() -> None:
    scored = [scored_record("100", GOOD), scored_record("104", BAD)]
    wrong = count(scored_beats(*[("N", "V")] * 9, ("V", "N")))
    found = [
        DetectorResult(REPORT, "100", count(GOOD), 18.0, 1800.0),
        DetectorResult(REPORT, "104", wrong, 18.0, 1800.0),
        DetectorResult("gqrs", "100", count(GOOD), 18.0, 1800.0),
    ]
    ours, gqrs, report = detector_rows(found, scored, [])
    assert (report.detector, report.records, report.classes["v_f1"]) == (REPORT, 2, 1.0)
    assert "2 s ahead" in report.input
    assert ours.classes["v_f1"] == 1.0
    assert gqrs.classes == {}
    only_paced = detector_rows([found[1]], scored, [])
    assert only_paced[1].classes == {}


def test_other_detectors_follow_ours() -> None:
    scored = [scored_record("a", GOOD)]
    found = [DetectorResult("gqrs", "a", count(BAD), 18.0, 1800.0)]
    latency = [LatencyRow("detected", 10, {"median": 0.3})]
    ours, theirs = detector_rows(found, scored, latency)
    assert (ours.missed, ours.extra, ours.cost_ms) == (0, 0, pytest.approx(1.0))
    assert "0.30 s" in ours.input
    assert (theirs.detector, theirs.missed, theirs.cost_ms) == ("gqrs", 6, pytest.approx(10.0))
    assert detector_rows([], scored, latency) == []
