"""Other detectors are run and scored like ours."""

from pathlib import Path

import pytest

from training.evaluation.detector.compare import DETECTORS, DetectorTrial, available, run_trial
from training.evaluation.detector.ec57 import S, qrs_rates
from training.evaluation.detector.second_opinion import FORMS
from wardbeat.ecg.io.excerpts import excerpts_folder


def test_the_detectors_of_wfdb_are_always_available() -> None:
    assert {"xqrs", "gqrs"} <= set(available()) <= set(DETECTORS)


@pytest.mark.slow
def test_a_detector_finds_the_beats_of_a_clean_record() -> None:
    with excerpts_folder() as folder:
        (result,) = run_trial(DetectorTrial("gqrs", Path(folder / "100")))
    assert (result.detector, result.record) == ("gqrs", "100")
    assert qrs_rates(result.counts)["qrs_f1"] > 0.99
    assert result.cpu_s > 0
    assert result.signal_s > 60


@pytest.mark.slow
def test_openecg_gives_two_results_with_classes() -> None:
    pytest.importorskip("openecg", reason="needs the extra second-opinion")
    with excerpts_folder() as folder:
        report, ungated = run_trial(DetectorTrial("openecg", Path(folder / "100")))
    assert (report.detector, ungated.detector) == FORMS
    assert qrs_rates(report.counts)["qrs_f1"] > 0.99
    assert report.counts[:, S].sum() == 0, "it has no class S"
