"""Measures of intervals and P waves for the trees of the atrial network."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drawn_atrial_beats import N, V, beats_at
from wardbeat.ecg.features.atrial_beats import AtrialBeats, new_atrial_beats
from wardbeat.ecg.features.atrial_measures import (
    BEAT_MEASURES,
    MEASURES,
    MIN_BEATS,
    RR_MEASURES,
    UNKNOWN,
    WAVE_MEASURES,
    atrial_measures,
)


def measured(beats: AtrialBeats) -> dict[str, float]:
    return dict(zip(MEASURES, atrial_measures(beats.rows).tolist(), strict=True))


def test_every_measure_has_its_own_name_and_place() -> None:
    assert len(MEASURES) == len(set(MEASURES)) == 3 * len(RR_MEASURES) + len(BEAT_MEASURES) + len(WAVE_MEASURES)
    assert atrial_measures(new_atrial_beats().rows).shape == (len(MEASURES),)


@given(st.lists(st.floats(0.02, 9.0), max_size=70), st.integers(0, 4))
def test_the_measures_are_finite_for_any_intervals(intervals_s: list[float], symbol: int) -> None:
    beats = beats_at(intervals_s, [symbol] * len(intervals_s))
    assert np.isfinite(atrial_measures(beats.rows)).all()


@settings(max_examples=30)
@given(st.lists(st.floats(0.4, 1.5), min_size=10, max_size=48), st.floats(0.7, 1.4))
def test_a_faster_heart_of_the_same_pattern_has_the_same_relative_measures(intervals_s: list[float], by: float) -> None:
    one = measured(beats_at(intervals_s))
    other = measured(beats_at([by * interval_s for interval_s in intervals_s]))
    for name in ("variation", "quartile_range", "mean_change", "rms_change"):
        assert other[f"{name}_without_v"] == pytest.approx(one[f"{name}_without_v"], abs=0.03), name


@pytest.mark.parametrize("n", range(MIN_BEATS))
def test_with_too_few_beats_only_the_count_is_known(n: int) -> None:
    found = measured(beats_at([0.8] * n))
    assert found["beats"] == n
    known = {name for name, value in found.items() if value != UNKNOWN}
    assert known == {"beats", "count_without_v", "count_without_s", "count_short"}


def test_without_beats_the_measures_are_unknown() -> None:
    found = measured(new_atrial_beats())
    assert found["beats"] == 0
    assert found["wave_coherence"] == found["median_change_without_v"] == UNKNOWN


def test_irregular_intervals_have_larger_measures_than_regular_ones() -> None:
    irregular = measured(beats_at(np.random.default_rng(3).uniform(0.45, 1.1, 48).tolist()))
    regular = measured(beats_at((0.8 + 0.02 * np.sin(np.arange(48))).tolist()))
    for name in ("median_change", "changes_over_10_percent", "sample_entropy"):
        assert irregular[f"{name}_without_v"] > regular[f"{name}_without_v"]
    assert irregular["longest_even_run_without_v"] < regular["longest_even_run_without_v"]


def test_ventricular_beats_do_not_make_a_regular_rhythm_irregular() -> None:
    intervals, classes = [], []
    for _ in range(12):
        intervals += [0.8, 0.8, 0.5, 1.1]
        classes += [N, N, V, N]
    found = measured(beats_at(intervals, classes))
    assert found["median_change_without_v"] == 0.0
    assert found["changes_over_10_percent_without_v"] == 0.0


def test_a_p_wave_is_in_the_mean_over_beats() -> None:
    with_p, without = measured(beats_at([0.8] * 30)), measured(beats_at([0.8] * 30, p_wave=0.0))
    assert with_p["wave_coherence"] > 0.6
    assert without["wave_coherence"] < 0.2
    assert with_p["wave_hump"] > 3 * without["wave_hump"]
