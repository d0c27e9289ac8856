"""EC57 counts and figures against hand-made records, and matching against wfdb's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from wfdb.processing import compare_annotations

from tests.support.scored_beats import FS, beat, scored_beats
from training.evaluation.detector.ec57 import (
    CLASSES,
    NONE,
    S,
    ScoredBeats,
    V,
    class_rates,
    count,
    ectopic_rates,
    pair_beats,
    qrs_rates,
    scored_from_s,
)
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm

TOLERANCE = 54
"""150 ms at 360 Hz."""

symbols = st.sampled_from(SYMBOLS)
references = st.lists(st.tuples(st.integers(60, 3000), symbols), min_size=2, max_size=40).map(
    lambda gaps: [
        ReferenceBeat(int(at), symbol)
        for at, (_, symbol) in zip(np.cumsum([110 + gap % 300 for gap, _ in gaps]), gaps, strict=True)
    ]
)
"""Beats at least 300 ms apart."""


def rates_of(beats: ScoredBeats) -> dict[str, float]:
    counts = count(beats)
    return {name: float(rate) for name, rate in (qrs_rates(counts) | class_rates(counts)).items()}


def test_golden_counts_and_figures() -> None:
    beats = scored_beats(
        *[("N", "N")] * 90, *[("V", "V")] * 8, ("V", "N"), ("V", "none"), ("N", "V"), ("F", "V"), ("Q", "V"),
        ("S", "S"), ("S", "N"), ("V", "S"), ("Q", "S"), ("none", "V"), ("none", "N"), ("F", "F"),
    )  # fmt: skip
    counts = count(beats)
    n, v, f, q = (CLASSES.index(symbol) for symbol in "NVFQ")
    assert (counts[n, n], counts[v, v], counts[v, NONE], counts[NONE, v]) == (90, 8, 1, 1)
    assert (counts[f, v], counts[q, S], counts.sum()) == (1, 1, 110)
    figures = rates_of(beats)
    assert figures["qrs_se"] == pytest.approx(107 / 108)
    assert figures["qrs_ppv"] == pytest.approx(107 / 109)
    # V: 11 beats, 8 hits; false are one N and one false detection; F and Q are forgiven, unless strictly.
    assert figures["v_se"] == pytest.approx(8 / 11)
    assert figures["v_ppv"] == pytest.approx(8 / 10)
    assert figures["v_f1"] == pytest.approx(16 / (11 + 10))
    assert figures["v_f1_strict"] == pytest.approx(16 / (11 + 12))
    # Not V and not predicted V: 90 N, 1 F, 2 S, 1 Q predicted S, 1 false detection predicted N.
    assert figures["v_fpr"] == pytest.approx(2 / (2 + 95))
    # S: 2 beats, 1 hit; false is one V; Q is forgiven.
    assert (figures["s_se"], figures["s_ppv"]) == (0.5, 0.5)
    assert figures["s_f1_strict"] == pytest.approx(2 / 5)


def test_without_a_class_its_figures_are_not_defined() -> None:
    figures = rates_of(scored_beats(("N", "N"), ("N", "V")))
    assert np.isnan(figures["v_se"])
    assert np.isnan(figures["v_f1"])
    assert figures["v_ppv"] == 0.0
    assert np.isnan(figures["s_ppv"])


def test_counts_of_many_records_at_once_are_those_of_each() -> None:
    each = [count(scored_beats(("V", "V"), ("N", own))) for own in ("N", "V", "none")]
    together = ectopic_rates(np.stack(each), V)
    for row, counts in enumerate(each):
        alone = ectopic_rates(counts, V)
        assert all(np.array_equal(together[name][row], alone[name], equal_nan=True) for name in alone)


@given(references)
def test_perfect_annotations_score_1(reference: list[ReferenceBeat]) -> None:
    found = [beat(sample, symbol) for sample, symbol in reference]
    figures = rates_of(pair_beats(found, reference, [], FS))
    assert figures["qrs_se"] == figures["qrs_ppv"] == 1.0
    for symbol in ("V", "S"):
        f1 = figures[f"{symbol.lower()}_f1_strict"]
        assert f1 == 1.0 if any(beat.symbol == symbol for beat in reference) else np.isnan(f1)


@given(references, st.integers(-TOLERANCE, TOLERANCE))
def test_a_shift_within_150_ms_does_not_matter(reference: list[ReferenceBeat], shift: int) -> None:
    # Beats are so far apart that the nearest reference is the own one up to half the tolerance.
    found = [beat(sample + shift // 2, symbol) for sample, symbol in reference]
    assert rates_of(pair_beats(found, reference, [], FS))["qrs_se"] == 1.0


def test_a_shift_beyond_150_ms_hits_nothing() -> None:
    reference = [ReferenceBeat(1000 * n, "N") for n in range(1, 20)]
    found = [beat(sample + TOLERANCE + 1) for sample, _ in reference]
    figures = rates_of(pair_beats(found, reference, [], FS))
    assert figures["qrs_se"] == figures["qrs_ppv"] == 0.0


@given(references, st.lists(st.tuples(st.integers(1, 9000), symbols), max_size=40), st.randoms())
def test_the_order_of_scored_beats_does_not_matter(
    reference: list[ReferenceBeat], found: list[tuple[int, str]], random: np.random.Generator
) -> None:
    beats = pair_beats([beat(*pair) for pair in sorted(found)], reference, [], FS)  # type: ignore[arg-type]
    order = list(range(len(beats.reference)))
    random.shuffle(order)
    shuffled = ScoredBeats._make(column[order] for column in beats)
    assert np.array_equal(count(shuffled), count(beats))


@given(references, st.lists(st.integers(1, 9000), max_size=40, unique=True))
def test_reference_beats_are_all_counted_once(reference: list[ReferenceBeat], found: list[int]) -> None:
    counts = count(pair_beats([beat(sample) for sample in sorted(found)], reference, [], FS))
    for index, symbol in enumerate(SYMBOLS):
        assert counts[index].sum() == sum(beat.symbol == symbol for beat in reference)


@given(references, st.lists(st.integers(-70, 70), min_size=40, max_size=40), st.sets(st.integers(0, 39), max_size=8))
def test_hits_are_those_of_wfdb(reference: list[ReferenceBeat], jitter: list[int], missed: set[int]) -> None:
    """Its comparitor goes beat by beat, ours takes the nearest first: where no two beats are near it is the same."""
    shifted = [sample + shift for (sample, _), shift in zip(reference, jitter, strict=False)]
    samples = [sample for index, sample in enumerate(shifted) if index not in missed]
    assume(samples and min(np.diff(samples), default=999) > 2 * TOLERANCE)
    assume(reference[0].sample - TOLERANCE <= samples[0] and samples[-1] <= reference[-1].sample + TOLERANCE)
    # Theirs counts what is nearer than the window, ours what is no farther than 150 ms.
    theirs = compare_annotations(np.array([beat.sample for beat in reference]), np.array(samples), TOLERANCE + 1)
    counts = count(pair_beats([beat(sample) for sample in samples], reference, [], FS))
    assert (counts[:NONE, :NONE].sum(), counts[:NONE, NONE].sum()) == (theirs.tp, theirs.fn)


def test_flutter_and_parts_without_annotations_are_not_scored() -> None:
    reference = [ReferenceBeat(sample, "N") for sample in (1000, 2000, 5000)]
    flutter = [ReferenceRhythm(2100, "(VFL"), ReferenceRhythm(4900, "(N")]
    found = [beat(sample) for sample in (500, 1000, 2000, 3000, 4000, 5000, 6000)]
    assert qrs_rates(count(pair_beats(found, reference, flutter, FS)))["qrs_ppv"] == 1.0


def test_there_are_times_of_the_reference_beat_and_of_the_detection() -> None:
    beats = pair_beats([beat(1010), beat(1500)], [ReferenceBeat(s, "N") for s in (1000, 2000, 2500)], [], FS)
    by_time = sorted(zip(beats.t_s, beats.detected_s, beats.reference, strict=True), key=lambda row: row[0])
    assert [round(t * FS) for t, *_ in by_time] == [1000, 1500, 2000, 2500]
    assert [None if np.isnan(own) else round(own * FS) for _, own, _ in by_time] == [1010, 1500, None, None]
    assert [int(truth) for *_, truth in by_time] == [0, NONE, 0, 0]


def test_short_records_have_no_learning_time() -> None:
    assert scored_from_s(1800.0) == 300.0
    assert scored_from_s(599.0) == 0.0


def test_a_record_without_anything_counts_nothing() -> None:
    assert count(pair_beats([], [], [], FS)).sum() == 0
