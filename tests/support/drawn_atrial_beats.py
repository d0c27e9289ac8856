"""Beats of given intervals and classes, as the atrial network takes them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.features.atrial_beats import AtrialBeats, add_beat, new_atrial_beats
from wardbeat.ecg.features.beat_state import AFTER, BEFORE, N_FEATURES

N, V = 0, 2
"""Places of the classes."""
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


def beats_at(
    intervals_s: Sequence[float] | NDArray[np.float64], classes: Sequence[int] = (), p_wave: float = 0.1
) -> AtrialBeats:
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
