"""Figures with intervals agree with the plain formulas, and a resample weighs whole patients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from training.study.intervals import (
    Patients,
    accuracy,
    areas,
    class_figures,
    counts_by_patient,
    resampled_matrices,
)

CLASSES = 3


def patients_of(n: int, seed: int = 0) -> np.ndarray:
    return np.array([f"p{at % 5}" for at in range(n)])


@given(st.integers(0, 2**32 - 1), st.integers(5, 200))
@settings(max_examples=30, deadline=None)
def test_class_figures_are_those_of_the_plain_formulas(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    reference, predicted = random.integers(CLASSES, size=n), random.integers(CLASSES, size=n)
    patients = Patients.of(patients_of(n), seed=0, resamples=7)
    matrices = resampled_matrices(counts_by_patient(reference, predicted, CLASSES, patients), patients.weights)
    figures = class_figures(matrices, CLASSES)
    present = np.isin(range(CLASSES), reference)
    options = {"labels": range(CLASSES), "average": None, "zero_division": 0}
    assert figures.precision[0][present] == pytest.approx(precision_score(reference, predicted, **options)[present])
    assert figures.recall[0][present] == pytest.approx(recall_score(reference, predicted, **options)[present])
    assert figures.f1[0][present] == pytest.approx(f1_score(reference, predicted, **options)[present])
    assert np.isnan(figures.f1[0][~present]).all()
    assert accuracy(matrices)[0] == pytest.approx(np.mean(reference == predicted))


def test_a_resample_counts_all_rows_of_a_patient_as_often_as_it_has_the_patient() -> None:
    reference = np.array([0, 0, 1, 1, 2])
    predicted = np.array([0, 1, 1, 1, 0])
    patient = np.array(["a", "a", "b", "b", "c"])
    patients = Patients.of(patient, seed=1, resamples=20)
    matrices = resampled_matrices(counts_by_patient(reference, predicted, CLASSES, patients), patients.weights)
    for weights, matrix in zip(patients.weights, matrices, strict=True):
        of_row = weights[np.array([0, 0, 1, 1, 2])]
        expected = np.zeros((CLASSES, CLASSES))
        np.add.at(expected, (reference, predicted), of_row)
        assert (matrix == expected).all()


@pytest.mark.parametrize("n", [40, 9000])
def test_the_area_is_that_of_all_pairs(n: int) -> None:
    random = np.random.default_rng(3)
    positive = random.random(n) < 0.2
    score = np.round(random.normal(positive * 1.0, 1.0), 2)
    patients = Patients.of(patients_of(n), seed=0, resamples=5)
    found = areas(positive, score, patients)
    assert found[0] == pytest.approx(roc_auc_score(positive, score), abs=1e-3)
    rows = np.repeat(np.arange(n), patients.weights[3].astype(int)[patients.of_row])
    assert found[3] == pytest.approx(roc_auc_score(positive[rows], score[rows]), abs=1e-3)


def test_without_a_positive_row_there_is_no_area() -> None:
    patients = Patients.of(patients_of(10), seed=0, resamples=2)
    assert np.isnan(areas(np.zeros(10, np.bool_), np.arange(10.0), patients)).all()
