"""Beats of a sinus arrhythmia: they come early, and still from the sinus node.

With each breath the sinus node speeds up and slows down, most of all in sleep. The first beats of a breath come earlier
than the mean of the beats before, as premature beats do. But the interval shortens by a little only, and the P wave is
the patient's own.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from processors.monitor.rhythm.conditions import FS_HZ
from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.features.beat_state import P_CORRELATION, P_RESIDUAL, PREV_BEFORE

S: Final = SYMBOLS.index("S")
MIN_RR_S: Final = 0.65
"""A sinus arrhythmia is slow: up to 92 /min."""
MIN_LOG_CHANGE: Final = -0.15
"""The interval is at most 14 % shorter than the one before (difference of the logarithms)."""
MIN_P_CORRELATION: Final = 0.3
MAX_P_RESIDUAL: Final = 0.06
"""The P wave is like that of the dominant beats, and differs from it by this proportion of the QRS amplitude."""
MIN_P_WAVE: Final = 0.4
"""The last beats have a steady P wave (:class:`processors.monitor.rhythm.atrial_fibrillation.AtrialAnswer`)."""
MAX_P_S: Final = 0.65
"""Where the beat network is surer than this, the beat stays S. Of 144 combinations these limits have the largest
S F1 on DS1 and svdb together: both rise by .0002 and more (with the networks in service, which were fitted on them)."""


def is_sinus_beat(p: Sequence[float], rr: int | None, features: NDArray[np.float32], p_wave: float) -> bool:
    """Whether a beat that the network calls S comes from the sinus node.

    Parameters
    ----------
    p : sequence of float
        Probabilities of the classes N S V F Q.
    rr : int or None
        Interval before the beat in 250 Hz samples, None after a gap.
    features : ndarray, shape (28,)
        In the columns of :mod:`wardbeat.ecg.features.beat_state`.
    p_wave : float
        How steady the P wave before the last beats is, 0…1.
    """
    return (
        max(p) == p[S] < MAX_P_S
        and rr is not None
        and rr >= MIN_RR_S * FS_HZ
        and p_wave >= MIN_P_WAVE
        and bool(features[PREV_BEFORE] >= MIN_LOG_CHANGE)
        and bool(features[P_CORRELATION] >= MIN_P_CORRELATION)
        and bool(features[P_RESIDUAL] <= MAX_P_RESIDUAL)
    )
