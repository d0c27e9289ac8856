"""Beats of given shapes and intervals, measured as the monitor measures them."""

import numpy as np
from numpy.typing import NDArray

from models.inputs import BEAT_FEATURES
from wardbeat.ecg.features.beat_state import new_beat_state
from wardbeat.ecg.features.beats import measure
from wardbeat.ecg.filters import DISPLAY_DELAY
from wardbeat.ecg.qrs.state import RING_SAMPLES

BOTH_LEADS = np.array([0, 1])
NARROW_S, WIDE_S = 0.011, 0.030
"""Standard deviations of a normal and of a wide QRS complex."""


class Patient:
    """A patient whose beats are drawn into a ring, where the detector would put them, and measured one by one."""

    def __init__(self, leads: NDArray[np.int64] = BOTH_LEADS) -> None:
        self.state = new_beat_state()
        self.leads = leads
        self.r = 0

    def beat(
        self, rr_s: float = 0.8, *, sigma_s: float = NARROW_S, height_mv: float = 1.0, p_mv: float = 0.12
    ) -> dict[str, float]:
        """The features of the next beat."""
        self.r += round(rr_s * 250)
        t_s = (np.arange(self.r - 300, self.r + 300) - self.r) / 250
        wave = height_mv * np.exp(-0.5 * (t_s / sigma_s) ** 2) + p_mv * np.exp(-0.5 * ((t_s + 0.16) / 0.022) ** 2)
        ring = np.zeros((2, RING_SAMPLES), dtype=np.float32)
        ring[:, (np.arange(self.r - 300, self.r + 300) + DISPLAY_DELAY) % RING_SAMPLES] = np.stack([wave, 0.8 * wave])
        self.waveform = measure(self.state, ring, self.leads, self.r, quality=0.9)
        return dict(zip(BEAT_FEATURES, self.state.rows[-1].tolist(), strict=True))

    def learn(self, n: int = 40) -> "Patient":
        for _ in range(n):
            self.beat()
        return self
