"""The last beats as the atrial network takes them: what stands before each QRS complex, and how irregularly they come.

Atrial fibrillation shows in two ways: the RR intervals are irregular without a pattern, and no P wave stands at its
place before the QRS complex. Frequent premature beats imitate the first, so each beat comes with the chances of its
class; a baseline that shakes hides the second, so many beats are shown, not one.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beats import OWN_SHARE, P_CORRELATION, P_RESIDUAL, QUALITY, WIDTH

BEATS = 48
"""Beats that are looked back on: half a minute at 96 /min, as long as the strip that AF is diagnosed on (ESC 2024,
doi:10.1093/eurheartj/ehae176), and enough of them at any rate."""
EVERY = 2
"""Of a beat's 125 Hz waveform the means of two samples are taken: 62.5 Hz."""
WAVEFORM = 34
"""−600…−56 ms: the end of the beat before, the P wave or fibrillatory waves, and where the QRS complex begins."""
LARGEST_WAVE = 2.0
"""Of the patient's QRS amplitude: what stands before a QRS complex is smaller."""
USUAL_RR_S = 0.8
"""Intervals are given as the logarithm over this one."""
SHORTEST_RR_S, LONGEST_RR_S = 0.24, 2.4
"""Intervals outside these are a false detection or a pause, and tell nothing of the atria."""
LARGEST_CHANGE = 0.3
CHANGE_SCALE = 4.0
LONGEST_GAP_S = 10.0
"""What was before a gap as long as this says nothing of now."""
FEATURES = (
    "present",
    "rr_known",
    "log_rr",
    "log_rr_change",
    "log_rr_next_change",
    "log_rr_largest_change",
    "p_n",
    "p_s",
    "p_v",
    "quality",
    "p_correlation",
    "p_residual",
    "qrs_width_s",
    "own_shape_share",
)
COLUMNS = WAVEFORM + len(FEATURES)
(
    PRESENT,
    RR_KNOWN,
    LOG_RR,
    CHANGE,
    NEXT_CHANGE,
    SIZE_OF_CHANGE,
    P_N,
    P_S,
    P_V,
    NOISE,
    WAVE_LIKE,
    WAVE_UNLIKE,
    QRS_S,
    SHARE,
) = range(WAVEFORM, COLUMNS)
FS_HZ = 250


class AtrialBeats(msgspec.Struct):
    """The last beats, newest last."""

    rows: NDArray[np.float32]
    """What stands before each QRS complex, and ``FEATURES``, (BEATS, COLUMNS)."""
    r_peaks: NDArray[np.int64]
    """Their R peaks, 250 Hz samples, (BEATS,)."""

    @property
    def first_r(self) -> int:
        """R peak of the oldest; 0 without a beat."""
        return int(self.r_peaks[np.argmax(self.rows[:, PRESENT] > 0.0)])

    @property
    def last_r(self) -> int:
        """R peak of the newest; 0 without a beat."""
        return int(self.r_peaks[-1])

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.rows[:, PRESENT].sum())


def new_atrial_beats() -> AtrialBeats:
    """A patient of whom no beat is known yet."""
    return AtrialBeats(np.zeros((BEATS, COLUMNS), np.float32), np.zeros(BEATS, np.int64))


def add_beat(
    beats: AtrialBeats,
    r: int,
    rr: int | None,
    waveform: NDArray[np.float32],
    features: NDArray[np.float32],
    probabilities: NDArray[np.float32],
) -> None:
    """Take the next beat in.

    Parameters
    ----------
    beats : AtrialBeats
        Changed in place.
    r : int
        R peak, 250 Hz samples.
    rr : int or None
        Interval before it, None after a gap.
    waveform : ndarray, shape (131, 4)
        As the beat network takes it; the limb lead is looked at, the other where that one is flat.
    features : ndarray, shape (28,)
        Of this beat, as :mod:`wardbeat.ecg.features.beats` counts them.
    probabilities : ndarray, shape (5,)
        The classes N S V F Q.
    """
    if r - beats.last_r > LONGEST_GAP_S * FS_HZ:
        beats.rows[:] = 0.0
    _add(beats.rows, beats.r_peaks, r, -1.0 if rr is None else rr / FS_HZ, waveform, features, probabilities)


@njit(cache=True)
def _add(rows, r_peaks, r, rr_s, waveform, features, probabilities):  # type: ignore[no-untyped-def] # numba
    for row in range(BEATS - 1):
        rows[row] = rows[row + 1]
        r_peaks[row] = r_peaks[row + 1]
    r_peaks[BEATS - 1] = r
    new, last = rows[BEATS - 1], rows[BEATS - 2]
    new[:] = 0.0
    lead = 0
    if not waveform[: EVERY * WAVEFORM, 0].any():
        lead = 1
    for i in range(WAVEFORM):
        mean = (waveform[EVERY * i, lead] + waveform[EVERY * i + 1, lead]) / EVERY
        new[i] = min(LARGEST_WAVE, max(-LARGEST_WAVE, mean))
    new[PRESENT] = 1.0
    if SHORTEST_RR_S <= rr_s <= LONGEST_RR_S:
        new[RR_KNOWN] = 1.0
        new[LOG_RR] = np.log(rr_s / USUAL_RR_S)
        if last[RR_KNOWN] > 0.0:
            change = new[LOG_RR] - last[LOG_RR]
            new[CHANGE] = CHANGE_SCALE * change
            new[SIZE_OF_CHANGE] = 2 * CHANGE_SCALE * min(LARGEST_CHANGE, abs(change))
            last[NEXT_CHANGE] = new[CHANGE]
    new[P_N], new[P_S], new[P_V] = probabilities[0], probabilities[1], probabilities[2]
    new[NOISE] = features[QUALITY]
    new[WAVE_LIKE], new[WAVE_UNLIKE] = features[P_CORRELATION], features[P_RESIDUAL]
    new[QRS_S], new[SHARE] = features[WIDTH], features[OWN_SHARE]
