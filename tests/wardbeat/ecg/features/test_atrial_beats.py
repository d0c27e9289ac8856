"""Beats as the atrial network takes them, and the measures of them that its forest takes."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.ecg.features import atrial_beats
from wardbeat.ecg.features.atrial_beats import AtrialBeats, add_beat, new_atrial_beats
from wardbeat.ecg.features.atrial_measures import MEASURES, UNKNOWN, atrial_measures
from wardbeat.ecg.features.beat_state import AFTER, BEFORE, N_FEATURES, QUALITY

N, V = 0, 2
LENGTH = BEFORE + AFTER


def waveform(p_wave: float = 0.0, lead: int = 0) -> np.ndarray:
    beat = np.zeros((LENGTH, 4), np.float32)
    beat[BEFORE, lead] = 1.0
    beat[BEFORE - 24 : BEFORE - 14, lead] = p_wave * np.hanning(10)
    return beat


def of_class(symbol: int) -> np.ndarray:
    p = np.full(5, 0.02, np.float32)
    p[symbol] = 0.92
    return p


def beats_at(intervals_s: Sequence[float], classes: Sequence[int] = (), p_wave: float = 0.1) -> AtrialBeats:
    beats, r = new_atrial_beats(), 500
    rng = np.random.default_rng(1)
    features = np.zeros(N_FEATURES, np.float32)
    for index, rr_s in enumerate(intervals_s):
        rr = round(rr_s * 250)
        r += rr
        beat = waveform(p_wave) + rng.normal(0, 0.02, (LENGTH, 4)).astype(np.float32)
        symbol = classes[index] if len(classes) else N
        add_beat(beats, r, rr if index else None, beat, features, of_class(symbol))
    return beats


def measured(beats: AtrialBeats) -> dict[str, float]:
    return dict(zip(MEASURES, atrial_measures(beats.rows).tolist(), strict=True))


def test_the_newest_beat_is_the_last_row() -> None:
    beats = beats_at([0.8, 0.8, 0.4])
    assert (beats.count, beats.first_r, beats.last_r) == (3, 700, 1000)
    newest, before = beats.rows[-1], beats.rows[-2]
    assert newest[atrial_beats.LOG_RR] == pytest.approx(np.log(0.5), abs=1e-6)
    assert newest[atrial_beats.CHANGE] == before[atrial_beats.NEXT_CHANGE] == pytest.approx(-4 * np.log(2), rel=1e-6)
    assert newest[atrial_beats.CHANGE_SIZE] == pytest.approx(8 * atrial_beats.MAX_CHANGE)
    assert beats.rows[-3, atrial_beats.RR_KNOWN] == 0.0


def test_more_beats_than_there_are_rows_push_the_oldest_out() -> None:
    beats = beats_at([0.8] * 60)
    assert beats.count == atrial_beats.BEATS
    assert beats.first_r == beats.last_r - (atrial_beats.BEATS - 1) * 200


def test_what_was_before_a_gap_is_forgotten() -> None:
    beats = beats_at([0.8] * 20)
    add_beat(beats, beats.last_r + 2501, None, waveform(), np.zeros(N_FEATURES, np.float32), of_class(N))
    assert beats.count == 1


def test_a_flat_limb_lead_hands_over_to_the_other() -> None:
    beats = new_atrial_beats()
    features = np.zeros(N_FEATURES, np.float32)
    features[QUALITY] = 0.7
    add_beat(beats, 500, None, waveform(0.5, lead=1), features, of_class(V))
    assert beats.rows[-1, : atrial_beats.WAVEFORM].max() > 0.4
    assert beats.rows[-1, atrial_beats.P_V] == np.float32(0.92)
    assert beats.rows[-1, atrial_beats.SIGNAL_QUALITY] == np.float32(0.7)


@given(st.lists(st.floats(0.02, 9.0), max_size=70), st.integers(0, 4))
def test_rows_and_measures_are_finite_whatever_comes(intervals_s: list[float], symbol: int) -> None:
    beats = beats_at(intervals_s, [symbol] * len(intervals_s))
    assert np.isfinite(beats.rows).all()
    assert np.isfinite(atrial_measures(beats.rows)).all()


def test_without_beats_nothing_is_known() -> None:
    found = measured(new_atrial_beats())
    assert found["beats"] == 0
    assert found["wave_coherence"] == found["median_change_without_v"] == UNKNOWN


def test_irregular_intervals_are_told_from_regular_ones() -> None:
    irregular = measured(beats_at(np.random.default_rng(3).uniform(0.45, 1.1, 48)))
    regular = measured(beats_at(0.8 + 0.02 * np.sin(np.arange(48))))
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
