"""Curves of a class against all others."""

import numpy as np
import pytest

from tests.support.scored_beats import scored_beats
from training.evaluation.detector.curves import POINTS, class_curves
from training.evaluation.detector.ec57 import NONE, ScoredBeats, V


def with_p(beats: ScoredBeats, p_v: list[float]) -> ScoredBeats:
    probabilities = beats.probabilities.copy()
    probabilities[:, V] = p_v
    return beats._replace(probabilities=probabilities)


def test_recall_ends_where_beats_were_not_detected() -> None:
    beats = with_p(scored_beats(("V", "V"), ("V", "none"), ("N", "N"), ("none", "V")), [0.9, 0.0, 0.1, 0.8])
    curve = class_curves(beats, V)
    assert curve is not None
    assert curve.recall == [0.5, 0.5, 0.5]
    assert curve.precision == pytest.approx([1, 1 / 2, 1 / 3])
    assert curve.false_positive_rate == [0, 0.5, 1]
    assert curve.average_precision == 0.5
    assert curve.at == (0.5, 0.5, 0.5)


def test_equal_probabilities_are_one_point() -> None:
    curve = class_curves(with_p(scored_beats(*[("V", "V")] * 3, *[("N", "V")] * 3), [0.9] * 6), V)
    assert curve is not None
    assert (curve.recall, curve.precision) == ([1.0], [0.5])


def test_no_beat_of_the_class_no_curve() -> None:
    assert class_curves(scored_beats(("N", "N")), V) is None


def test_a_long_curve_is_thinned_to_its_ends() -> None:
    random = np.random.default_rng(0)
    beats = scored_beats(*[("V", "V")] * 500, *[("N", "N")] * 5000)
    curve = class_curves(with_p(beats, random.random(5500).tolist()), V)
    assert curve is not None
    assert len(curve.recall) <= POINTS + 2
    assert curve.recall[-1] == 1.0
    assert curve.false_positive_rate[-1] == 1.0
    assert beats.predicted.max() < NONE
