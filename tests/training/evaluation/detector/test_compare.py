"""Other detectors are run and scored like ours."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from tests.support.records_on_disk import write_record
from training.evaluation.detector.compare import DETECTORS, Detector, DetectorTrial, available, run_trial
from training.evaluation.detector.ec57 import NONE, N, S, V, qrs_rates
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
@pytest.mark.parametrize("detector", DETECTORS)
def test_a_flat_signal_has_no_beats(tmp_path: Path, detector: Detector) -> None:
    if detector not in available():
        pytest.skip(f"needs {detector}")
    write_record(tmp_path, np.zeros((2, 20 * 250), np.int64), name="flat")
    wfdb.wrann("flat", "atr", np.array([1000, 2000]), ["N", "V"], fs=250, write_dir=str(tmp_path))
    for result in run_trial(DetectorTrial(detector, tmp_path / "flat")):
        assert result.counts[N, NONE] == result.counts[V, NONE] == 1
        assert result.counts.sum() == 2


@pytest.mark.slow
def test_openecg_gives_two_results_with_classes() -> None:
    pytest.importorskip("openecg", reason="needs the extra second-opinion")
    with excerpts_folder() as folder:
        report, ungated = run_trial(DetectorTrial("openecg", Path(folder / "100")))
    assert (report.detector, ungated.detector) == FORMS
    assert qrs_rates(report.counts)["qrs_f1"] > 0.99
    assert report.counts[:, S].sum() == 0, "it has no class S"
