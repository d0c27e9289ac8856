"""The last beats as the atrial network takes them: the signal before each QRS complex, and the RR intervals.

Atrial fibrillation has two signs: the RR intervals are irregular without a pattern, and there is no P wave before the
QRS complex. Frequent premature beats imitate the first sign, so each beat comes with the probabilities of its class. An
unsteady baseline hides the second sign, so the network takes many beats and not one.
"""

import msgspec
import numpy as np
from numba import njit
from numpy.typing import NDArray

from wardbeat.ecg.features.beat_state import OWN_SHARE, P_CORRELATION, P_RESIDUAL, QUALITY, WIDTH

BEATS = 48
"""Beats that are kept: half a minute at 96 /min, as long as the strip on which AF is diagnosed (ESC 2024,
doi:10.1093/eurheartj/ehae176), and enough beats at any rate."""
EVERY = 2
"""Each sample is the mean of two samples of the beat's 125 Hz waveform: 62.5 Hz."""
WAVEFORM = 34
"""Samples of a beat, −600…−56 ms: the end of the beat before, the P wave or fibrillatory waves, and the start of the
QRS complex."""
MAX_WAVE = 2.0
"""Waves are clipped at this multiple of the patient's QRS amplitude; the signal before a QRS complex is smaller."""
REFERENCE_RR_S = 0.8
"""Features have the logarithm of an interval over this one."""
MIN_RR_S, MAX_RR_S = 0.24, 2.4
"""Intervals outside these limits are a false detection or a pause and do not count."""
MAX_CHANGE = 0.3
"""The size of a change of the log interval is clipped here."""
CHANGE_SCALE = 4.0
MAX_GAP_S = 10.0
"""After a longer gap the beats before it are dropped."""
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
    CHANGE_SIZE,
    P_N,
    P_S,
    P_V,
    SIGNAL_QUALITY,
    P_WAVE_CORRELATION,
    P_WAVE_RESIDUAL,
    QRS_WIDTH_S,
    OWN_SHAPE_SHARE,
) = range(WAVEFORM, COLUMNS)
FS_HZ = 250


class AtrialBeats(msgspec.Struct):
    """The last beats, newest last."""

    rows: NDArray[np.float32]
    """Signal before each QRS complex, then ``FEATURES``, (BEATS, COLUMNS)."""
    r_peaks: NDArray[np.int64]
    """R peaks of these beats, 250 Hz samples, (BEATS,)."""

    @property
    def first_r(self) -> int:
        """R peak of the oldest beat; 0 without a beat."""
        return int(self.r_peaks[np.argmax(self.rows[:, PRESENT] > 0.0)])

    @property
    def last_r(self) -> int:
        """R peak of the newest beat; 0 without a beat."""
        return int(self.r_peaks[-1])

    @property
    def count(self) -> int:
        """Number of beats."""
        return int(self.rows[:, PRESENT].sum())


def new_atrial_beats() -> AtrialBeats:
    """The beats of a new patient: none."""
    return AtrialBeats(np.zeros((BEATS, COLUMNS), np.float32), np.zeros(BEATS, np.int64))


def add_beat(
    beats: AtrialBeats,
    r: int,
    rr: int | None,
    waveform: NDArray[np.float32],
    features: NDArray[np.float32],
    probabilities: NDArray[np.float32],
) -> None:
    """Add the next beat.

    Parameters
    ----------
    beats : AtrialBeats
        Changed in place.
    r : int
        R peak, 250 Hz samples.
    rr : int or None
        Interval before it in 250 Hz samples, None after a gap.
    waveform : ndarray, shape (131, 4)
        As the beat network takes it. The limb lead counts; if it is flat, the precordial lead.
    features : ndarray, shape (28,)
        Features of this beat, in the columns of :mod:`wardbeat.ecg.features.beat_state`.
    probabilities : ndarray, shape (5,)
        Of the classes N S V F Q.
    """
    if r - beats.last_r > MAX_GAP_S * FS_HZ:
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
        new[i] = min(MAX_WAVE, max(-MAX_WAVE, mean))
    new[PRESENT] = 1.0
    if MIN_RR_S <= rr_s <= MAX_RR_S:
        new[RR_KNOWN] = 1.0
        new[LOG_RR] = np.log(rr_s / REFERENCE_RR_S)
        if last[RR_KNOWN] > 0.0:
            change = new[LOG_RR] - last[LOG_RR]
            new[CHANGE] = CHANGE_SCALE * change
            new[CHANGE_SIZE] = 2 * CHANGE_SCALE * min(MAX_CHANGE, abs(change))
            last[NEXT_CHANGE] = new[CHANGE]
    new[P_N], new[P_S], new[P_V] = probabilities[0], probabilities[1], probabilities[2]
    new[SIGNAL_QUALITY] = features[QUALITY]
    new[P_WAVE_CORRELATION], new[P_WAVE_RESIDUAL] = features[P_CORRELATION], features[P_RESIDUAL]
    new[QRS_WIDTH_S], new[OWN_SHAPE_SHARE] = features[WIDTH], features[OWN_SHARE]
