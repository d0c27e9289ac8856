"""Early beats of a sinus arrhythmia are not S; premature beats stay S."""

from typing import NamedTuple

import numpy as np
import pytest

from processors.monitor.sinus_beats import is_sinus_beat
from wardbeat.ecg.features.beat_state import N_FEATURES, P_CORRELATION, P_RESIDUAL, PREV_BEFORE

SLEEP_RR = round(0.8 * 250)


class MeasuredBeat(NamedTuple):
    """An early beat of a sleeping heart."""

    p_s: float = 0.55
    rr: int | None = SLEEP_RR
    p_wave: float = 0.7
    change: float = -0.1
    p_correlation: float = 0.8
    p_residual: float = 0.03


def is_sinus(beat: MeasuredBeat) -> bool:
    features = np.zeros(N_FEATURES, np.float32)
    features[PREV_BEFORE], features[P_CORRELATION] = beat.change, beat.p_correlation
    features[P_RESIDUAL] = beat.p_residual
    return is_sinus_beat([1.0 - beat.p_s, beat.p_s, 0.0, 0.0, 0.0], beat.rr, features, beat.p_wave)


def test_an_early_beat_with_the_patients_p_wave_in_a_slow_rhythm_is_a_sinus_beat() -> None:
    assert is_sinus(MeasuredBeat())


@pytest.mark.parametrize(
    "beat",
    [
        MeasuredBeat(change=-0.3),
        MeasuredBeat(p_correlation=0.1),
        MeasuredBeat(p_residual=0.1),
        MeasuredBeat(rr=round(0.6 * 250)),
        MeasuredBeat(rr=None),
        MeasuredBeat(p_wave=0.2),
        MeasuredBeat(p_s=0.7),
        MeasuredBeat(p_s=0.4),
    ],
    ids=["step", "other P wave", "large difference", "fast", "after a gap", "no P waves", "sure S", "N anyway"],
)
def test_other_beats_keep_their_class(beat: MeasuredBeat) -> None:
    assert not is_sinus(beat)
