"""The ECG of a sleeping healthy heart: strong respiratory sinus arrhythmia, and what makes it hard to recognise."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import Symbol
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm
from wardbeat.ecg.synthetic import SyntheticRecord

FS = 250
NARROW = ((0.0, 0.011, 1.1), (0.03, 0.010, -0.22), (-0.03, 0.009, -0.1), (0.27, 0.05, 0.25))
WIDE = ((0.0, 0.024, 1.6), (0.055, 0.020, 0.5), (-0.035, 0.014, -0.2), (0.31, 0.06, -0.45))
"""Offset in s, width in s and amplitude in mV of each wave."""
P_WAVE = (-0.16, 0.022, 0.13)


class Sleeper(NamedTuple):
    """Rate, depth and frequency of the breath in the RR intervals; proportions of beats; the P wave's size."""

    rate_bpm: float = 55.0
    depth: float = 0.25
    breath_hz: float = 0.22
    arousals: float = 0.0
    pauses: float = 0.0
    pvcs: float = 0.0
    pacs: float = 0.0
    p_size: float = 1.0
    p_wander_s: float = 0.0
    fibrillates: bool = False


def sleeping_heart(sleeper: Sleeper, duration_s: float, seed: int = 0) -> SyntheticRecord:
    """The record of a sleeper; with ``fibrillates``, irregular intervals without P waves at the same rate."""
    random = np.random.default_rng(seed)
    beats = _beats(sleeper, duration_s, random)
    n = round(duration_s * FS)
    t = np.arange(n) / FS
    signal = np.stack([0.03 * np.sin(2 * np.pi * sleeper.breath_hz * t) + random.normal(0, 0.008, n) for _ in "12"])
    for at_s, symbol in beats:
        waves: Sequence[tuple[float, float, float]] = WIDE if symbol == "V" else NARROW
        if symbol != "V" and not sleeper.fibrillates:
            offset, width, size = P_WAVE
            shifted = offset + random.normal(0.0, sleeper.p_wander_s)
            waves = (*waves, (shifted, width, size * sleeper.p_size * (-0.8 if symbol == "S" else 1.0)))
        _draw(signal, at_s, waves)
    references = tuple(ReferenceBeat(round(at_s * FS), symbol) for at_s, symbol in beats)
    rhythm = "(AFIB" if sleeper.fibrillates else "(N"
    return SyntheticRecord("sleeper", float(FS), signal, references, (ReferenceRhythm(0, rhythm),))


def _beats(sleeper: Sleeper, duration_s: float, random: np.random.Generator) -> list[tuple[float, Symbol]]:
    beats: list[tuple[float, Symbol]] = [(0.5, "N")]
    roused = 0
    while beats[-1][0] < duration_s - 2.5:
        at_s = beats[-1][0]
        mean_s = 60.0 / sleeper.rate_bpm
        rr_s = mean_s * (1 + sleeper.depth * np.sin(2 * np.pi * sleeper.breath_hz * at_s)) * random.normal(1.0, 0.015)
        if sleeper.fibrillates:
            rr_s = max(0.4, mean_s * random.lognormal(-0.025, 0.24))
        roused = 10 if random.random() < sleeper.arousals else max(0, roused - 1)
        rr_s *= 0.75 if roused else 1.0
        rr_s *= 1.7 if random.random() < sleeper.pauses else 1.0
        symbol: Symbol = "V" if random.random() < sleeper.pvcs else "S" if random.random() < sleeper.pacs else "N"
        beats.append((at_s + rr_s * (1.0 if symbol == "N" else 0.6), symbol))
        if symbol != "N":
            beats.append((beats[-1][0] + 1.2 * rr_s, "N"))
    return beats


def _draw(signal: NDArray[np.float64], at_s: float, waves: Sequence[tuple[float, float, float]]) -> None:
    r = round(at_s * FS)
    first, last = max(0, r - round(0.4 * FS)), min(signal.shape[1], r + round(0.7 * FS))
    t = (np.arange(first, last) - r) / FS
    for offset_s, width_s, size_mv in waves:
        signal[:, first:last] += size_mv * np.exp(-0.5 * ((t - offset_s) / width_s) ** 2) * np.array([[1.0], [0.8]])
