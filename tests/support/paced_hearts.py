"""Made ECG of a paced heart: pulses as a recorder sees them, with or without a tail, and the heart's answer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.reference import ReferenceRhythm
from wardbeat.ecg.synthetic import SyntheticRecord

OVERSAMPLED = 16
TAIL_S = 0.05
ANSWER_S = 0.09
"""From a pulse to the R peak of its answer."""
WIDE = ((-0.075, 0.0), (-0.03, -0.15), (0.0, -1.0), (0.04, -0.2), (0.085, 0.25), (0.12, 0.0))
NARROW = ((-0.04, 0.0), (-0.02, -0.1), (0.0, 1.0), (0.02, -0.2), (0.04, 0.0))


class Pulse(NamedTuple):
    """Height, width and height of the tail of a pulse; ``atrial`` is whether another one comes 160 ms earlier."""

    mv: float = 5.0
    width_s: float = 0.001
    tail_mv: float = 0.0
    atrial: bool = False


def paced_heart(
    pulse: Pulse, *, fs: float = 250, bpm: float = 70, lost_s: float = 60, duration_s: float = 75, escape_bpm: float = 0
) -> SyntheticRecord:
    """A paced rhythm whose pulses go on after ``lost_s``, without an answer; a narrow escape rhythm may follow."""
    n = round(duration_s * fs)
    t_s = np.arange(n) / fs
    times = np.arange(0.5, duration_s - 0.5, 60 / bpm)
    signal = _pulses(np.concatenate([times, times - 0.16]) if pulse.atrial else times, pulse, n, fs) * [[1.0], [0.6]]
    for time_s in times[times < lost_s]:
        _add(signal, t_s - time_s - ANSWER_S, WIDE, (1.0, -0.8))
    for time_s in np.arange(lost_s + 1, duration_s - 0.5, 60 / escape_bpm) if escape_bpm else ():
        _add(signal, t_s - time_s, NARROW, (1.0, 0.7))
    signal += np.random.default_rng(0).normal(0, 0.008, signal.shape) + 0.05 * np.sin(np.pi * t_s / 2)
    return SyntheticRecord("paced", float(fs), signal, (), (ReferenceRhythm(0, "(P"),))


def _pulses(times_s: NDArray[np.float64], pulse: Pulse, n: int, fs: float) -> NDArray[np.float64]:
    """Pulses as a recorder sees them that takes the mean over each of its samples."""
    fine = np.zeros(n * OVERSAMPLED)
    rate = fs * OVERSAMPLED
    for time_s in times_s:
        begin = round(time_s * rate)
        end = begin + max(1, round(pulse.width_s * rate))
        fine[begin:end] = pulse.mv
        after = fine[end : end + round(0.4 * rate)]
        after -= np.sign(pulse.mv) * pulse.tail_mv * np.exp(-np.arange(len(after)) / rate / TAIL_S)
    seen: NDArray[np.float64] = fine.reshape(n, OVERSAMPLED).mean(axis=1)
    return seen


def _add(
    signal: NDArray[np.float64],
    since_s: NDArray[np.float64],
    points: tuple[tuple[float, float], ...],
    gains: tuple[float, float],
) -> None:
    """Add a QRS complex with its T wave to two leads."""
    near = np.abs(since_s) < 0.7
    at_s, mv = zip(*points, strict=True)
    wave = np.interp(since_s[near], at_s, mv, left=0, right=0) + 0.3 * np.exp(
        -0.5 * ((since_s[near] - 0.29) / 0.055) ** 2
    )
    signal[:, near] += np.outer(gains, wave)
