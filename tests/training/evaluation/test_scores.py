"""Figures against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.scores import auroc, tally

N, S, V, NONE = 0, 1, 2, -1


def test_a_tally_counts_misses_and_false_detections() -> None:
    truth = np.array([S, S, S, N, NONE], np.int8)
    called = np.array([S, N, NONE, S, S], np.int8)
    counted = tally(truth, called, "S")
    assert counted == (3, 3, 1)
    assert counted.f1 == pytest.approx(1 / 3)


def test_nothing_to_find_and_nothing_found_is_no_merit() -> None:
    assert tally(np.array([N], np.int8), np.array([N], np.int8), "V").f1 == 0.0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_auroc_is_the_chance_to_rank_rightly(rows: list[tuple[bool, int]]) -> None:
    truth, score = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], float)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[truth] for b in score[~truth]]
    found = auroc(truth, score)
    assert math.isnan(found) if not pairs else found == pytest.approx(float(np.mean(pairs)))
