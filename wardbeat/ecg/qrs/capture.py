"""Pulses of a known pacemaker, and whether the heart answers them: for patients who are entered as paced.

:mod:`wardbeat.ecg.qrs.pace_pulses` removes a pulse that stands alone, for every patient. A pulse may have a tail: the
electrode keeps a charge that decays within 0.1 s (IEC 60601-2-27 tests with up to 2 mV). With its tail a pulse looks
like a QRS complex. It is none if nothing but a decay follows it.
"""

from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.features.beat_state import CORRELATION_0, CORRELATION_1, PREV_DOMINANT
from wardbeat.ecg.features.quality import ACTIVITY_S, SEGMENT_SAMPLES
from wardbeat.ecg.filters import DISPLAY_DELAY

REACH: Final = 3
"""Samples (12 ms) on both sides of a pulse's peak; a pulse is over there."""
MIN_BEND_MV: Final = 0.2
"""Second difference at the peak of a pulse, at the least."""
MIN_BEND_RATIO: Final = 0.85
"""That bend over the height above the samples ``REACH`` before and after. One sample has 2, two samples have 1; the
corner of two straight lines has 0.67."""
FLAT_FROM: Final = 14
FLAT_TO: Final = 3
"""Samples (56 to 16 ms) before the peak of a pulse in which the signal, as a mean over 20 ms, is flat. An R peak has
its upstroke there, and a pulse within a complex needs no answer."""
MAX_SLOPE_RATIO: Final = 0.1
MAX_SLOPE_MV: Final = 0.05
"""Change over these samples, as a proportion of the pulse's height and at the least."""
SAME_PULSE: Final = 6
"""Samples within which there is one pulse: in the leads, and with what the filters of a recorder ring."""
SETTLED: Final = REACH + SAME_PULSE + 1
"""Samples after a pulse, from which on nothing takes its place."""
KEPT_S: Final = 6
RING: Final = KEPT_S * DISPLAY_FS_HZ
BEFORE_R, AFTER_R = 45, 12
"""A beat belongs to a pulse from 180 ms before its R peak to 48 ms after it; a wide complex peaks late, and a large
pulse may be taken for the R peak."""
MEAN: Final = np.full(5, 0.2)
WEIGHTS: Final = np.convolve(MEAN, MEAN)
"""Signals round a pulse are weighted means over 36 ms, which takes away what the filters of a recorder ring."""
SMOOTHED: Final = len(WEIGHTS) // 2
CORE: Final = REACH + SMOOTHED + 1
"""Samples (32 ms) on both sides of a pulse's peak that its mean reaches."""
RINGING: Final = 0.006
"""Proportion of a pulse's height by which a complex after it must be higher."""
SOON_SAMPLES: Final = 25
SHARP_RINGING: Final = 0.15
"""Within 100 ms of a pulse that falls on a complex, the signal before smoothing shows it. There a pulse rings more."""
AV_DELAY: Final = 62
"""An atrial pulse may be taken for the R peak of the answer to the ventricular pulse, up to 248 ms later."""
LOOK_SAMPLES: Final = 60
"""240 ms: a complex has gone out and come back."""
BEFORE_SAMPLES: Final = 40
"""160 ms before a pulse, in which a heart's own complex began that the pacemaker did not sense."""
MIN_ANSWER_MV: Final = 0.2
"""Height of a complex in the lead that shows it best; a wave of 0.15 mV is no QRS complex (EC13)."""
MIN_RISE_MV: Final = 0.3
"""So much change before a pulse is a complex that was there already."""
TAIL_SAMPLES: Final = 50
"""0.2 s after a pulse, its tail is over."""
DOMINANT_CORRELATION: Final = 0.9
NOT_EARLY: Final = -0.1
"""A paced beat is not earlier than this natural logarithm of its RR interval over that of dominant beats (10 %)."""
FASTEST_RR: Final = 115
"""130/min: no pacemaker paces faster in common settings, so a faster run of one shape may be a tachycardia."""

_Float = TypeVar("_Float", np.float32, np.float64)


class Pacing(msgspec.Struct):
    """The newest pulses of a pacemaker, if the patient is entered as paced."""

    on: bool = False
    """Whether the patient is paced; otherwise nothing is looked for."""
    pulses: list[int] = []
    """250 Hz samples of the last ``KEPT_S`` seconds, oldest first."""
    largest: float = 0.0
    """Height of the newest one in mV, in the lead that shows it best."""
    signal: NDArray[np.float64] = msgspec.field(default_factory=lambda: np.zeros((0, RING)))
    """Ring of the signal before filters in mV, a row a lead; no lead before the first sample."""
    since: int = 0
    """The first sample in the ring."""


def find_pulses(pacing: Pacing, signal: NDArray[np.float64], k: int) -> None:
    """Take in samples and note the pulses in them.

    Parameters
    ----------
    pacing : Pacing
        It changes.
    signal : ndarray, shape (leads, samples)
        Millivolts at 250 Hz, not filtered.
    k : int
        Number of samples before these.
    """
    if not pacing.on:
        pacing.pulses, pacing.signal = [], np.zeros((0, RING))
        return
    if len(pacing.signal) != len(signal):
        pacing.signal, pacing.since = np.zeros((len(signal), RING)), k
    n = signal.shape[1]
    pacing.signal[:, np.arange(k, k + n) % RING] = signal
    first = max(k - 2 * REACH, pacing.since)
    joined = _ring(pacing.signal, first, k + n)
    if joined.shape[1] <= 2 * REACH:
        return
    before, at, after = (joined[:, REACH + shift : joined.shape[1] - REACH + shift] for shift in (-1, 0, 1))
    bend = 2 * at - before - after
    height = at - 0.5 * (joined[:, : -2 * REACH] + joined[:, 2 * REACH :])
    sharp = (np.abs(bend) >= MIN_BEND_MV) & (bend * height > 0) & (np.abs(bend) >= MIN_BEND_RATIO * np.abs(height))
    for lead, found in sorted(np.argwhere(sharp).tolist(), key=lambda place: place[1]):
        pulse, size = found + first + REACH, abs(float(height[lead, found]))
        if pacing.pulses and pulse - pacing.pulses[-1] <= SAME_PULSE:
            if size > pacing.largest:  # what was found before it is its ringing
                pacing.pulses[-1], pacing.largest = pulse, size
        elif _is_flat_before(pacing, lead, pulse, size):
            pacing.pulses.append(pulse)
            pacing.largest = size
    pacing.pulses = [pulse for pulse in pacing.pulses if pulse >= k - KEPT_S * DISPLAY_FS_HZ]


def _is_flat_before(pacing: Pacing, lead: int, pulse: int, height: float) -> bool:
    begin = max(pulse - FLAT_FROM, pacing.since)
    if pulse - FLAT_TO - begin < len(MEAN):
        return False
    before = np.convolve(_ring(pacing.signal, begin, pulse - FLAT_TO)[lead], MEAN, "valid")
    return float(np.ptp(before)) <= max(MAX_SLOPE_RATIO * height, MAX_SLOPE_MV)


def pulses_of(pacing: Pacing, r: int, k: int) -> list[int]:
    """The pulses among the first ``k`` samples to which the beat with R peak ``r`` may belong."""
    known = [pulse for pulse in pacing.pulses if pulse <= k - SETTLED]
    near = [pulse for pulse in known if r - BEFORE_R <= pulse <= r + AFTER_R]
    return near and [pulse for pulse in known if near[-1] <= pulse <= near[-1] + AV_DELAY]


def is_pulse_alone(pacing: Pacing, r: int, k: int) -> bool:
    """Whether the complex at ``r`` is a pulse that the heart has not answered in the first ``k`` samples."""
    pulses = pulses_of(pacing, r, k) if pacing.on else []
    return bool(pulses) and not any(has_complex(pacing, pulse, k) for pulse in pulses)


def is_paced(pacing: Pacing, r: int, rr: int | None, row: NDArray[np.float32]) -> bool:
    """Whether the pacemaker made the beat with R peak ``r``, so that its wide complex is no ventricular beat.

    It did if it gave a pulse there. Many recorders filter pulses out. Then a beat of the patient's dominant shape is
    paced if it is not early, and not faster than a pacemaker paces.

    Parameters
    ----------
    pacing : Pacing
    r : int
        250 Hz sample.
    rr : int or None
        The interval before it, in 250 Hz samples.
    row : ndarray
        The features of the beat, a row of ``BeatState.rows``.
    """
    if not pacing.on:
        return False
    if pulses_of(pacing, r, r + RING):
        return True
    dominant = min(row[CORRELATION_0], row[CORRELATION_1]) >= DOMINANT_CORRELATION
    return bool(dominant and row[PREV_DOMINANT] >= NOT_EARLY and rr is not None and rr >= FASTEST_RR)


def has_complex(pacing: Pacing, pulse: int, k: int) -> bool:
    """Whether there is a QRS complex at a pulse, before or after it, in the first ``k`` samples."""
    nexts = [other - CORE for other in pacing.pulses if pulse + CORE < other <= k - SETTLED]
    after = _around(pacing, pulse + CORE, min([pulse + LOOK_SAMPLES, k - SMOOTHED, *nexts]))
    height = _range_mv(_ring(pacing.signal, pulse - REACH, min(pulse + REACH + 1, k)))
    if _wave_mv(after) >= MIN_ANSWER_MV + RINGING * height:
        return True
    soon = _ring(pacing.signal, pulse + REACH, min([pulse + SOON_SAMPLES, k, *nexts]))
    if _wave_mv(soon) >= MIN_ANSWER_MV + SHARP_RINGING * height:
        return True
    earlier = [other for other in pacing.pulses if pulse - LOOK_SAMPLES <= other < pulse]
    before = _around(pacing, max(pulse - BEFORE_SAMPLES, earlier[-1] + CORE if earlier else 0), pulse - CORE)
    if earlier:  # the tail of the pulse before is no complex either
        return _wave_mv(before) >= MIN_ANSWER_MV + RINGING * height
    return _range_mv(before) >= MIN_RISE_MV


def activity_mv(pacing: Pacing, signal: NDArray[np.float32], k: int) -> list[float]:
    """How much each lead moves between the pulses, as :class:`wardbeat.ecg.features.quality.Quality` has it.

    Segments with a pulse or its tail do not count; without a segment the leads do not move. Empty without pulses.
    """
    if not pacing.pulses:
        return []
    known = [pulse for pulse in pacing.pulses if pulse <= k - SETTLED]
    begins = range(max(0, k - ACTIVITY_S * DISPLAY_FS_HZ), k - SEGMENT_SAMPLES + 1, SEGMENT_SAMPLES)
    free = [
        begin
        for begin in begins
        if not any(begin - TAIL_SAMPLES <= pulse + DISPLAY_DELAY < begin + SEGMENT_SAMPLES for pulse in known)
    ]
    heights = [np.ptp(_ring(signal, begin, begin + SEGMENT_SAMPLES), axis=1) for begin in free]
    found: list[float] = np.median(heights, axis=0).tolist() if heights else [0.0] * len(signal)
    return found


def _range_mv(signal: NDArray[np.float64]) -> float:
    """From peak to peak, in the lead where it is most; 0 without samples."""
    return float(np.ptp(signal, axis=1).max()) if signal.shape[1] else 0.0


def _wave_mv(signal: NDArray[np.float64]) -> float:
    """Height of the largest wave in the lead that shows it best; a signal that only decays has none.

    A decay neither goes out and comes back, nor has it a bump: it is convex or concave. So the height of a wave is the
    smaller one of the largest rise and fall, or of the largest distances from the convex and the concave envelope.
    """
    if signal.shape[1] == 0:
        return 0.0
    rise = (signal - np.minimum.accumulate(signal, axis=1)).max(axis=1)
    fall = (np.maximum.accumulate(signal, axis=1) - signal).max(axis=1)
    bump = max(min(_above_envelope(lead), _above_envelope(-lead)) for lead in signal)
    return max(float(np.minimum(rise, fall).max()), bump)


def _above_envelope(lead: NDArray[np.float64]) -> float:
    """The largest distance of a signal from the largest convex line below it (Andrew's monotone chain)."""
    corners: list[int] = []
    for at, value in enumerate(lead):
        while len(corners) > 1:
            first, last = corners[-2:]
            if (lead[last] - lead[first]) * (at - first) < (value - lead[first]) * (last - first):
                break
            corners.pop()
        corners.append(at)
    return float((lead - np.interp(np.arange(len(lead)), corners, lead[corners])).max())


def _around(pacing: Pacing, begin: int, end: int) -> NDArray[np.float64]:
    """The smoothed signal from sample ``begin`` to ``end``, as far as the ring has its samples."""
    begin = max(begin, pacing.since + SMOOTHED)
    total = np.zeros((len(pacing.signal), max(end - begin, 0)))
    for shift, weight in enumerate(WEIGHTS, -SMOOTHED):
        total += weight * _ring(pacing.signal, begin + shift, end + shift)
    return total


def _ring(signal: NDArray[_Float], begin: int, end: int) -> NDArray[_Float]:
    """The samples from ``begin`` to ``end`` of a ring; none if ``end`` comes first."""
    return signal[:, np.arange(begin, end) % signal.shape[1]]
