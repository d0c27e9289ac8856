"""Windows: rank statistics and calibration."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import make_window
from tests.support.scored_beats import scored_beats, scored_record, scored_windows
from training.evaluation.bootstrap import Interval
from training.evaluation.detector.scored_records import label_windows
from training.evaluation.detector.windows import (
    expected_calibration_error,
    reliability,
    weighted_auroc,
    window_rows,
)
from training.evaluation.scores import auroc
from wardbeat.ecg.reference import ReferenceBeat

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40)


@given(rows)
def test_a_weight_is_a_row_again(drawn: list[tuple[bool, int, int]]) -> None:
    truth, score = np.array([row[0] for row in drawn]), np.array([row[1] for row in drawn], float)
    times = np.array([row[2] for row in drawn])
    (found,) = weighted_auroc(truth, score, times[None].astype(float))
    again = np.repeat(np.arange(len(drawn)), times)
    expected = auroc(truth[again], score[again])
    assert math.isnan(found) if math.isnan(expected) else found == pytest.approx(expected)


def test_calibration_error_is_the_mean_distance_from_truth() -> None:
    p = np.array([0.05] * 10 + [0.85] * 10)
    abnormal = np.array([False] * 9 + [True] + [True] * 7 + [False] * 3)
    bins = reliability(p, abnormal)
    assert bins[:, 0].tolist() == [10, 0, 0, 0, 0, 0, 0, 0, 10, 0]
    assert expected_calibration_error(bins) == pytest.approx((0.05 + 0.15) / 2)


def test_a_probability_of_one_is_in_the_last_tenth() -> None:
    assert reliability(np.array([0.0, 1.0]), np.array([False, True]))[[0, 9], 0].tolist() == [1, 1]


def test_rows_hold_figures_of_groups_with_both_kinds() -> None:
    nothing = scored_beats()
    records = [
        scored_record("a", nothing, scored_windows([False, True, False, True], [0.1, 0.9, 0.2, 0.8])),
        scored_record("b", nothing, scored_windows([False, True, True], [0.3, 0.2, 0.9])),
        scored_record("c", nothing, scored_windows([False], [0.3])),
    ]
    found = window_rows(records, {"all": ["a", "b", "c"], "one kind": ["c"]}, seed=0)
    assert [row.name for row in found] == ["all"]
    row = found[0]
    assert (row.windows, row.abnormal, row.records) == (8, 4, 3)
    expected = auroc(
        np.array([False, True, False, True, False, True, True, False]),
        np.array([0.1, 0.9, 0.2, 0.8, 0.3, 0.2, 0.9, 0.3]),
    )
    assert row.auroc["combined"].value == pytest.approx(expected)
    assert row.better_by["classifier"] == Interval(0.0, 0.0, 0.0), "the same order of windows, in every draw"
    assert row.auroc["combined"].low <= expected <= row.auroc["combined"].high


def test_each_window_keeps_what_every_part_said_of_it() -> None:
    reference = [ReferenceBeat(100, "N"), ReferenceBeat(2000, "V")]
    windows = [
        msgspec.structs.replace(make_window(number=number), p_ectopic=p_ectopic)
        for number, p_ectopic in enumerate((0.02, 0.8, 0.0))
    ]
    scored = label_windows(windows, reference, [], 360.0)
    assert scored.abnormal.tolist() == [False, True], "a window without any beat is neither"
    assert scored.classifier.tolist() == [0.02, 0.8]
    assert scored.t_s.tolist() == [5.0, 10.0]


def test_without_windows_there_is_no_area() -> None:
    none = np.empty(0)
    assert np.isnan(weighted_auroc(none.astype(bool), none, np.ones((3, 0)))).tolist() == [True] * 3
