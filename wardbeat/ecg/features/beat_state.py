"""A patient's beats so far: their shapes, RR intervals and features, and the names of all columns."""

from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

FS_HZ = 125.0
BEFORE = 75
"""125 Hz samples of a beat before its R peak: 0.6 s."""
AFTER = 56
"""125 Hz samples of a beat from its R peak on: 0.448 s."""
LENGTH = BEFORE + AFTER
N_SHAPES = 12
RR_MEMORY = 512
"""RR intervals that are kept."""
SEQUENCE = 24
"""Beats whose features are kept."""
N_FEATURES = 28

PRESENT, PREV_8, PREV_32, PREV_DOMINANT, PREV_REFERENCE, NEXT_32, NEXT_DOMINANT, PREV_BEFORE = range(8)
RR_PREV, RR_NEXT, RANK, CORRELATION_0, CORRELATION_1, DISTANCE, WIDTH, WIDTH_RATIO = range(8, 16)
AMPLITUDE, P_CORRELATION, P_RESIDUAL, QUALITY = range(16, 20)
PREV_LONG, NEXT_LONG, LATE_P_CORRELATION, LATE_P_RESIDUAL, BEFORE_RESIDUAL = range(20, 25)
OWN_SHARE, OWN_CORRELATION, OWN_PREMATURITY = range(25, 28)
"""Columns of ``BeatState.rows``; :data:`models.inputs.BEAT_FEATURES` has their full names in this order."""

RR_COUNT, RR_FROZEN, REFERENCE_RR_S, LAST_IS_DOMINANT, LAST_R, LATE_COUNT, DOMINANT_RR_S = range(7)
"""Items of ``BeatState.numbers``: count of RR intervals; 1 while the reference RR interval is frozen; that interval; 1
if the last beat had the dominant shape; its R peak or −1; count of late beats; the RR interval of dominant beats."""
NO_LAST_R = -1


class BeatShapes(NamedTuple):
    """The shapes of a :class:`BeatState` as the kernels take them."""

    means: NDArray[np.float64]
    late: NDArray[np.float64]
    prematurity: NDArray[np.float64]
    weights: NDArray[np.float64]


class BeatHistory(NamedTuple):
    """Intervals and features of a :class:`BeatState` as the kernels take them."""

    rr_s: NDArray[np.float64]
    rr_dominant: NDArray[np.uint8]
    rows: NDArray[np.float32]
    r_peaks: NDArray[np.int64]
    numbers: NDArray[np.float64]


class BeatState(msgspec.Struct, dict=True):
    """A patient's shapes, RR history and the features of the last beats."""

    shapes: NDArray[np.float64]
    """Running mean of each shape in mV, (N_SHAPES, 2, LENGTH)."""
    late: NDArray[np.float64]
    """Running mean of the late beats of the dominant shape in mV, (2, LENGTH)."""
    prematurity: NDArray[np.float64]
    """Running mean of ``PREV_32`` of each shape's beats, (N_SHAPES,): a shape that is not early is no ectopic one."""
    weights: NDArray[np.float64]
    """Number of recent beats of each shape, (N_SHAPES,); older beats count less."""
    rr_s: NDArray[np.float64]
    """Ring of the last RR intervals, (RR_MEMORY,)."""
    rr_dominant: NDArray[np.uint8]
    """Whether both beats of an interval had the dominant shape, (RR_MEMORY,)."""
    rows: NDArray[np.float32]
    """Features of the last beats, newest last, (SEQUENCE, N_FEATURES)."""
    r_peaks: NDArray[np.int64]
    """R peaks of these beats, 250 Hz samples, (SEQUENCE,)."""
    numbers: NDArray[np.float64]
    """Single numbers: ``RR_COUNT`` to ``DOMINANT_RR_S``."""

    @property
    def last_r(self) -> int:
        """R peak of the last beat as a 250 Hz sample, −1 without one."""
        return int(self.numbers[LAST_R])

    @property
    def dominant_rr_s(self) -> float:
        """RR interval of the patient's dominant beats in s, 0 while there is none."""
        return float(self.numbers[DOMINANT_RR_S])

    def forget_last_r(self) -> None:
        """Count no RR interval before the next beat, because signal is missing there."""
        self.numbers[LAST_R] = NO_LAST_R

    @cached_property
    def shape_arrays(self) -> BeatShapes:
        """The shapes as the kernels take them; not copied, and no part of a snapshot."""
        return BeatShapes(self.shapes, self.late, self.prematurity, self.weights)

    @cached_property
    def history_arrays(self) -> BeatHistory:
        """Intervals and features as the kernels take them; not copied, and no part of a snapshot."""
        return BeatHistory(self.rr_s, self.rr_dominant, self.rows, self.r_peaks, self.numbers)


def new_beat_state() -> BeatState:
    """The state of a patient without any beat."""
    numbers = np.zeros(DOMINANT_RR_S + 1)
    numbers[LAST_R] = NO_LAST_R
    return BeatState(
        shapes=np.zeros((N_SHAPES, 2, LENGTH)),
        late=np.zeros((2, LENGTH)),
        prematurity=np.zeros(N_SHAPES),
        weights=np.zeros(N_SHAPES),
        rr_s=np.zeros(RR_MEMORY),
        rr_dominant=np.zeros(RR_MEMORY, dtype=np.uint8),
        rows=np.zeros((SEQUENCE, N_FEATURES), dtype=np.float32),
        r_peaks=np.zeros(SEQUENCE, dtype=np.int64),
        numbers=numbers,
    )
