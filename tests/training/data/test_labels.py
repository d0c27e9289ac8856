"""Reference beats matched to R peaks, reference rhythm to windows."""

from hypothesis import given
from hypothesis import strategies as st

from training.data.labels import (
    FALSE_DETECTION,
    MATCH_S,
    NOT_SCORED,
    match_beats,
    rhythm_at,
    window_labels,
)
from wardbeat.contracts.messages import SYMBOLS, Symbol
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

FS = 360.0
N, S, V, F, Q = range(5)


def beats(*pairs: tuple[int, Symbol]) -> list[ReferenceBeat]:
    return [ReferenceBeat(*pair) for pair in pairs]


def test_each_r_peak_takes_the_class_of_its_beat() -> None:
    matched = match_beats([102, 395, 703], beats((100, "N"), (400, "V"), (700, "S")), [], FS)
    assert matched.label.tolist() == [N, V, S]
    assert matched.missed == []


def test_a_peak_in_noise_is_false_and_a_beat_without_peak_missed() -> None:
    matched = match_beats([100, 250, 700], beats((100, "N"), (400, "V"), (700, "N")), [], FS)
    assert matched.label.tolist() == [N, FALSE_DETECTION, N]
    assert matched.missed == beats((400, "V"))


def test_of_two_peaks_on_one_beat_the_nearer_counts() -> None:
    matched = match_beats([100, 380, 410, 700], beats((100, "N"), (400, "V"), (700, "N")), [], FS)
    assert matched.label.tolist() == [N, FALSE_DETECTION, V, N]


def test_the_tolerance_is_150_ms() -> None:
    edge = round(MATCH_S * FS)
    reference = beats((100, "N"), (1000, "V"), (2000, "N"))
    assert match_beats([1000 + edge], reference, [], FS).label.tolist() == [V]
    assert match_beats([1000 + edge + 1], reference, [], FS).label.tolist() == [FALSE_DETECTION]


def test_parts_without_annotations_are_not_scored() -> None:
    flutter = [ReferenceRhythm(0, "(N"), ReferenceRhythm(450, "(VFL"), ReferenceRhythm(650, "(N")]
    matched = match_beats([10, 550, 990], beats((100, "N"), (900, "N")), flutter, FS)
    assert matched.label.tolist() == [NOT_SCORED, NOT_SCORED, NOT_SCORED]


def test_a_record_without_beats_labels_nothing() -> None:
    assert match_beats([10, 20], [], [], FS).label.tolist() == [NOT_SCORED, NOT_SCORED]


@given(
    st.lists(st.integers(0, 5000), max_size=40, unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(SYMBOLS)), max_size=40, unique_by=lambda b: b[0]),
)
def test_every_beat_is_matched_once_or_missed(peaks: list[int], pairs: list[tuple[int, Symbol]]) -> None:
    reference = beats(*sorted(pairs))
    matched = match_beats(peaks, reference, [], FS)
    assert (matched.label >= 0).sum() + len(matched.missed) == len(reference)
    for symbol in SYMBOLS:
        found = int((matched.label == SYMBOLS.index(symbol)).sum())
        missed = sum(beat.symbol == symbol for beat in matched.missed)
        assert found + missed == sum(beat.symbol == symbol for beat in reference)


def test_windows_with_a_rare_beat_or_another_rhythm_are_abnormal() -> None:
    reference = beats((50, "N"), (150, "V"), (250, "N"), (350, "N"), (550, "Q"))
    rhythms = [ReferenceRhythm(10, "(N"), ReferenceRhythm(320, "(AFIB"), ReferenceRhythm(380, "(N")]
    windows = [(0, 100), (100, 200), (200, 300), (300, 400), (400, 500), (500, 600)]
    abnormal, normal = window_labels(windows, reference, rhythms)
    assert abnormal.tolist() == [False, True, False, True, False, False]
    # No beat at all, and an unclassifiable beat, are neither.
    assert normal.tolist() == [True, False, True, False, False, False]


def test_a_rhythm_lasts_into_the_windows_after_it() -> None:
    rhythms = [ReferenceRhythm(10, "(N"), ReferenceRhythm(150, "(AFIB")]
    abnormal, _ = window_labels([(0, 100), (100, 200), (500, 600)], beats((550, "N")), rhythms)
    assert abnormal.tolist() == [False, True, True]


def test_paced_and_slow_sinus_rhythm_are_not_abnormal() -> None:
    for rhythm in ("(P", "(SBR", "(N"):
        abnormal, _ = window_labels([(0, 100)], beats((50, "N")), [ReferenceRhythm(0, rhythm)])
        assert not abnormal[0], rhythm


def test_the_rhythm_before_the_first_label_is_sinus() -> None:
    assert rhythm_at([ReferenceRhythm(100, "(AFIB")], 99) == "(N"
    assert rhythm_at([ReferenceRhythm(100, "(AFIB")], 100) == "(AFIB"
