"""ECG drawn from QRS complexes of given heights, two leads: for what the detector makes of their sizes and rates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

NARROW = ((-0.05, 0.0), (-0.03, -0.1), (0.0, 1.0), (0.03, -0.2), (0.05, 0.0))
"""(seconds from the R peak, height): 100 ms wide."""


def drawn_heart(
    bpm: float,
    heights_mv: Sequence[float],
    *,
    fs: float = 250,
    duration_s: float = 45,
    width_s: float = 0.1,
    t_wave: float = 0.2,
    p_wave_mv: float = 0.1,
    early: float = 0.0,
) -> NDArray[np.float64]:
    """A heart whose complexes have these heights in turn.

    ``t_wave`` is the height of the T wave over the complex; ``early`` is the proportion of an interval by which each
    second complex comes early.
    """
    t_s = np.arange(round(duration_s * fs)) / fs
    signal = np.zeros_like(t_s)
    interval_s = 60 / bpm
    slow = min(1.0, max(0.35, interval_s**0.5))
    for at, beat_s in enumerate(np.arange(0.7, duration_s, interval_s)):
        height = heights_mv[at % len(heights_mv)]
        near = np.abs(t_s - beat_s - 0.2) < 1.0
        since_s = t_s[near] - beat_s + (early * interval_s if at % 2 else 0.0)
        points_s = [x * width_s / 0.1 for x, _ in NARROW]
        wave = np.interp(since_s, points_s, [height * y for _, y in NARROW], left=0, right=0)
        t_wave_s = 0.28 * slow + 0.5 * (width_s - 0.1)
        wave += t_wave * height * np.exp(-0.5 * ((since_s - t_wave_s) / (0.045 * slow)) ** 2)
        if width_s <= 0.11 and interval_s > 0.3:
            wave += p_wave_mv * np.exp(-0.5 * ((since_s + 0.16 * slow) / 0.022) ** 2)
        signal[near] += wave
    noise = np.random.default_rng(0).normal(0, 0.005, (2, len(t_s)))
    return np.stack([signal, 0.7 * signal]) + noise
