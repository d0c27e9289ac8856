"""The last beats as the atrial network takes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.drawn_atrial_beats import N, V, beats_at, of_class, waveform
from wardbeat.ecg.features import atrial_beats
from wardbeat.ecg.features.atrial_beats import add_beat, new_atrial_beats
from wardbeat.ecg.features.beat_state import N_FEATURES, QUALITY


def test_the_newest_beat_is_the_last_row() -> None:
    beats = beats_at([0.8, 0.8, 0.4])
    assert (beats.count, beats.first_r, beats.last_r) == (3, 700, 1000)
    newest, before = beats.rows[-1], beats.rows[-2]
    assert newest[atrial_beats.LOG_RR] == pytest.approx(np.log(0.5), abs=1e-6)
    assert newest[atrial_beats.CHANGE] == before[atrial_beats.NEXT_CHANGE] == pytest.approx(-4 * np.log(2), rel=1e-6)
    assert newest[atrial_beats.CHANGE_SIZE] == pytest.approx(8 * atrial_beats.MAX_CHANGE)
    assert beats.rows[-3, atrial_beats.RR_KNOWN] == 0.0


def test_the_oldest_beats_leave_when_the_rows_are_full() -> None:
    beats = beats_at([0.8] * 60)
    assert beats.count == atrial_beats.BEATS
    assert beats.first_r == beats.last_r - (atrial_beats.BEATS - 1) * 200


def test_a_long_gap_drops_the_beats_before_it() -> None:
    beats = beats_at([0.8] * 20)
    add_beat(beats, beats.last_r + 2501, None, waveform(), np.zeros(N_FEATURES, np.float32), of_class(N))
    assert beats.count == 1


def test_if_the_limb_lead_is_flat_the_precordial_lead_counts() -> None:
    beats = new_atrial_beats()
    features = np.zeros(N_FEATURES, np.float32)
    features[QUALITY] = 0.7
    add_beat(beats, 500, None, waveform(0.5, lead=1), features, of_class(V))
    assert beats.rows[-1, : atrial_beats.WAVEFORM].max() > 0.4
    assert beats.rows[-1, atrial_beats.P_V] == np.float32(0.92)
    assert beats.rows[-1, atrial_beats.SIGNAL_QUALITY] == np.float32(0.7)


@given(st.lists(st.floats(0.02, 9.0), max_size=70), st.integers(0, 4))
def test_rows_are_finite_for_any_intervals(intervals_s: list[float], symbol: int) -> None:
    beats = beats_at(intervals_s, [symbol] * len(intervals_s))
    assert np.isfinite(beats.rows).all()
