"""The figures of a model on test rows: with missed references, false detections and thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.study.intervals import Patients
from training.study.model_results import (
    Answered,
    best_thresholds,
    calibration_bins,
    calibration_error,
    estimated,
    measure,
)
from training.study.task import Rows

EYE = np.eye(2, dtype=np.float32)


def rows_of(labels: np.ndarray) -> Rows:
    names = np.array([f"p{at}" for at in range(len(labels))])
    return Rows({}, labels, names, names)


def measured_of(answered: Answered, thresholds: np.ndarray | None = None) -> dict[str, float]:
    patients = Patients.of(answered.all_patients, seed=0, resamples=3)
    found = measure(answered, patients, thresholds)
    return {name: float(values[0]) for name, values in found.figures.items()}


def test_a_missed_beat_lowers_the_recall_and_a_false_detection_the_precision() -> None:
    perfect = Answered.of(rows_of(EYE[[0, 0, 1, 1]]), EYE[[0, 0, 1, 1]], None)
    assert measured_of(perfect)["macro_f1"] == 1.0
    missed = Answered.of(rows_of(EYE[[0, 0, 1, 1]]), EYE[[0, 0, 1, 1]], rows_of(EYE[[1]]))
    figures = measured_of(missed)
    assert (figures["macro_precision"], figures["macro_recall"]) == (1.0, pytest.approx((1 + 2 / 3) / 2))
    false = np.concatenate([EYE[[0, 0, 1, 1]], np.zeros((1, 2), np.float32)])
    figures = measured_of(Answered.of(rows_of(false), EYE[[0, 0, 1, 1, 1]], None))
    assert (figures["macro_precision"], figures["macro_recall"]) == (pytest.approx((1 + 2 / 3) / 2), 1.0)


def test_labels_of_samples_are_lines_of_their_patient() -> None:
    labels = np.stack([EYE[[0, 1]], EYE[[1, 1]]])
    answered = Answered.of(rows_of(labels), labels, None)
    assert answered.labels.shape == (4, 2)
    assert answered.patient.tolist() == ["p0", "p0", "p1", "p1"]


def test_thresholds_are_those_with_the_largest_f1() -> None:
    labels = np.array([[1, 0], [1, 0], [0, 0], [0, 1]], np.float32)
    p = np.array([[0.3, 0.9], [0.25, 0.1], [0.2, 0.1], [0.1, 0.95]], np.float32)
    assert best_thresholds(labels, p) == pytest.approx([0.25, 0.95])
    figures = measured_of(Answered.of(rows_of(labels), p, None), best_thresholds(labels, p))
    assert (figures["macro_f1"], figures["macro_auc"], figures["accuracy"]) == (1.0, 1.0, 1.0)
    assert best_thresholds(labels * 0, p).tolist() == [0.5, 0.5]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=1, max_size=40))
def test_no_other_threshold_has_a_larger_f1(rows: list[tuple[bool, int]]) -> None:
    labels = np.array([[float(positive)] for positive, _ in rows], np.float32)
    answered = np.array([[value / 20] for _, value in rows], np.float32)

    def f1(threshold: float) -> float:
        found, positive = answered[:, 0] >= threshold - 1e-6, labels[:, 0] > 0.5
        return float(2 * (found & positive).sum() / max(1, found.sum() + positive.sum()))

    (threshold,) = best_thresholds(labels, answered)
    assert f1(threshold) >= max(f1(value) for value in answered[:, 0]) - 1e-9


def test_the_calibration_error_of_honest_probabilities_is_small() -> None:
    random = np.random.default_rng(0)
    p = random.random(20_000).astype(np.float32)
    labels = (random.random(20_000) < p).astype(np.float32)
    honest = Answered.of(rows_of(labels[:, None]), p[:, None], None)
    too_sure = Answered.of(rows_of(labels[:, None]), np.round(p)[:, None], None)
    assert calibration_error(calibration_bins(honest, exclusive=False)) < 0.01
    assert calibration_error(calibration_bins(too_sure, exclusive=False)) == pytest.approx(0.25, abs=0.02)


def test_the_figure_of_several_seeds_is_their_mean() -> None:
    by_seed = [np.array([0.8, 0.7, 0.9]), np.array([0.6, 0.5, 0.7])]
    found = estimated(by_seed)
    assert found.value == pytest.approx(0.7)
    assert (found.low, found.high) == (pytest.approx(0.605), pytest.approx(0.795))
