"""Beats, rhythms and places of examples in the annotations of a record."""

import numpy as np
import pytest

from training.explore.annotation_facts import annotation_facts

RANDOM = np.random.default_rng(0)


def test_beats_rhythms_and_intervals_are_counted() -> None:
    annotations = [(0, "+", "(N"), (100, "N", ""), (350, "V", ""), (500, "+", "(AFIB"), (600, "N", ""), (700, "~", "")]
    facts = annotation_facts(annotations, 250.0, 1000, RANDOM)
    assert facts.beats == {"N": 2, "V": 1}
    assert facts.other == {"+": 2, "~": 1}
    assert facts.rhythms_s == {"(N": 2.0, "(AFIB": 2.0}
    assert facts.rr_s.tolist() == pytest.approx([1.0, 1.0])
    assert [(place.label, place.sample) for place in facts.rhythm_places] == [("(N", 0), ("(AFIB", 500)]


def test_an_example_has_its_signal_on_both_sides() -> None:
    annotations = [(10, "N", ""), (500, "N", ""), (990, "V", "")]
    places = annotation_facts(annotations, 250.0, 1000, RANDOM).beat_places
    assert [(place.label, place.sample) for place in places] == [("N", 500)]


def test_the_longest_stretch_of_a_rhythm_is_its_example() -> None:
    annotations = [(0, "+", "(N"), (100, "+", "(VT"), (200, "+", "(N")]
    places = annotation_facts(annotations, 250.0, 1000, RANDOM).rhythm_places
    assert [(place.label, place.sample) for place in places] == [("(N", 200), ("(VT", 100)]


@pytest.mark.parametrize("annotations", [[], [(5, "N", "")]])
def test_few_annotations_are_no_error(annotations: list[tuple[int, str, str]]) -> None:
    facts = annotation_facts(annotations, 250.0, 1000, RANDOM)
    assert (facts.rhythms_s, len(facts.rr_s)) == ({}, 0)
