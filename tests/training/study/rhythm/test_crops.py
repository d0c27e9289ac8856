"""Crops cover records, are cut where they should be, and their answers are averaged by record."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.study.rhythm.crops import crop_starts, cut, mean_over_crops, random_starts


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(1, 120), st.integers(1, 60))
def test_crops_cover_each_record_and_stay_inside(lengths: list[int], crop: int, hop: int) -> None:
    row, starts = crop_starts(np.array(lengths), crop, hop)
    for index, length in enumerate(lengths):
        mine = starts[row == index]
        assert mine[0] == 0
        assert mine[-1] == max(length - crop, 0)
        assert (np.diff(mine) <= hop).all()
        assert len(set(mine.tolist())) == len(mine)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(1, 120), st.integers(0, 99))
def test_random_crops_stay_inside(lengths: list[int], crop: int, seed: int) -> None:
    starts = random_starts(np.array(lengths), crop, np.random.default_rng(seed))
    assert (starts >= 0).all()
    assert (starts <= np.maximum(np.array(lengths) - crop, 0)).all()


def test_a_crop_has_the_samples_of_its_record() -> None:
    signal = np.arange(20, dtype=np.float32).reshape(2, 10, 1)
    crops = cut(signal, np.array([1, 0]), np.array([2, 5]), 3)
    assert crops[:, :, 0].tolist() == [[12, 13, 14], [5, 6, 7]]


def test_answers_are_averaged_by_record() -> None:
    answers = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], np.float32)
    averaged = mean_over_crops(answers, np.array([1, 1, 0]), 2)
    assert averaged.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert averaged.sum(axis=1) == pytest.approx(1.0)
