"""Figures agree with the formulas of the field."""

import numpy as np
import pytest

from tests.support.toy_task import ToyTask
from training.study.scores import class_f1, confusion, figure_of, macro_auc, mean_f1
from training.study.task import Rows

LABELS = np.eye(3, dtype=np.float32)[[0, 0, 1, 1, 2]]
ANSWERS = np.eye(3, dtype=np.float32)[[0, 1, 1, 1, 0]]


def test_f1_is_by_the_most_probable_class() -> None:
    assert confusion(LABELS, ANSWERS).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert class_f1(LABELS, ANSWERS) == pytest.approx([0.5, 0.8, 0.0])
    assert mean_f1(LABELS, ANSWERS, slice(None)) == pytest.approx(1.3 / 3)
    assert mean_f1(LABELS, ANSWERS, slice(1, 3)) == pytest.approx(0.4)


def test_a_class_without_rows_is_no_part_of_a_mean() -> None:
    assert macro_auc(LABELS[:2], ANSWERS[:2]) != macro_auc(LABELS[:2], ANSWERS[:2])
    assert macro_auc(LABELS[:4, :2], ANSWERS[:4, :2]) == pytest.approx(0.75)


def test_labels_of_samples_count_like_labels_of_rows() -> None:
    names = np.array(["a"])
    rows = Rows({}, LABELS[None], names, names)
    assert figure_of(ToyTask(), rows, ANSWERS[None]) == mean_f1(LABELS, ANSWERS, slice(None))
