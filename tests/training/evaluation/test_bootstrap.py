"""Intervals over patients."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scored_beats import scored_beats, scored_record
from training.evaluation import bootstrap
from training.evaluation.detector.ec57 import class_rates
from training.evaluation.detector.tables import group_rows, record_row
from training.evaluation.provenance import Scorer


def test_records_of_one_patient_are_drawn_together() -> None:
    drawn = bootstrap.resample_counts(["a", "b", "a"], seed=1, n=200)
    assert drawn.shape == (200, 3)
    assert np.array_equal(drawn[:, 0], drawn[:, 2])
    assert set((drawn[:, 0] + drawn[:, 1]).tolist()) == {2}, "as many patients as there are"


def test_the_same_seed_draws_the_same() -> None:
    assert np.array_equal(bootstrap.resample_counts(["a", "b"], 3), bootstrap.resample_counts(["a", "b"], 3))
    assert not np.array_equal(bootstrap.resample_counts(["a", "b"], 3), bootstrap.resample_counts(["a", "b"], 4))


def test_what_no_draw_defines_has_no_interval() -> None:
    found = bootstrap.interval(0.5, np.full(5, np.nan))
    assert found.value == 0.5
    assert math.isnan(found.low)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30), st.integers(0, 5)), min_size=3, max_size=12))
def test_the_interval_of_a_pooled_figure_holds_it(records: list[tuple[int, int, int]]) -> None:
    rows = [
        record_row(
            scored_record(f"r{at}", scored_beats(*[("V", "V")] * hits, *[("V", "N")] * misses, *[("N", "V")] * false)),
            Scorer("unseen"),
        )
        for at, (hits, misses, false) in enumerate(records)
    ]
    (group,) = group_rows(rows, {"all": [row.record for row in rows]}, class_rates, seed=0)
    rate = group.rates["v_f1"]
    assert rate.low <= rate.gross <= rate.high
    assert group.patients == len(records)
