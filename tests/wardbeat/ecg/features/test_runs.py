"""Runs of likely ventricular beats: the choice of the five beats, and their features."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.inputs import BEAT_FEATURES
from wardbeat.ecg.features.runs import ROWS, RUN_FEATURES, UNKNOWN, add_beat, no_beats, run_features

WIDTH = BEAT_FEATURES.index("qrs_width_s")


def beats(p_v: list[float], rr: int = 150) -> NDArray[np.float64]:
    """Beats every ``rr`` samples, the first at 0; their width is a tenth of the probability."""
    kept = no_beats()
    for index, p in enumerate(p_v):
        context = np.zeros(len(BEAT_FEATURES), np.float32)
        context[WIDTH] = p / 10
        add_beat(kept, index * rr, p, context)
    return kept


def network_p(kept: NDArray[np.float64], k: int) -> dict[str, float]:
    return dict(zip(RUN_FEATURES, run_features(kept, k).tolist(), strict=True))


def test_the_most_ventricular_five_are_separate_from_the_rest() -> None:
    p_v = [0.0] * 10 + [0.4, 0.6, 0.5, 0.6, 0.4] + [0.0] * 3
    found = network_p(beats(p_v), 17 * 150 + 100)
    assert found["run_mean_p_v"] == pytest.approx(0.5)
    assert found["run_least_p_v"] == pytest.approx(0.4)
    assert found["run_bpm"] == pytest.approx(100)
    assert found["run_rr_cv"] == pytest.approx(0)
    assert found["run_width_s"] == pytest.approx(0.05)
    assert found["run_age_s"] == pytest.approx((3 * 150 + 100) / 250)
    assert found["rest_p_v"] == pytest.approx(0, abs=1e-6)
    assert found["longest_run"] == 3
    assert found["since_beat_s"] == pytest.approx(0.4)


def test_an_old_run_and_too_few_beats_are_unknown() -> None:
    run = beats([0.9] * 5 + [0.0] * 12)
    assert network_p(run, 17 * 150)["run_mean_p_v"] < 0.5
    few = network_p(beats([0.9] * 4), 700)
    assert few["run_mean_p_v"] == few["run_bpm"] == UNKNOWN
    assert few["short_run_mean_p_v"] == pytest.approx(0.9)
    none = network_p(no_beats(), 700)
    assert none["beats_now"] == 0
    assert set(none.values()) == {0.0, UNKNOWN}


def test_only_the_newest_beats_are_kept() -> None:
    kept = beats([0.1] * (ROWS + 20), rr=60)
    assert kept.shape[0] == ROWS
    assert kept[-1, 0] == 60 * (ROWS + 19)
    assert network_p(kept, 60 * (ROWS + 20))["rest_bpm"] == pytest.approx(250)
