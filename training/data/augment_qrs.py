"""Random stretches of ECG for the fit of the QRS network: other leads, other heart rates, and more artefacts.

The examples of "no beat" matter most: a QRS complex and T wave erased after their P wave (without them the network
detects P waves during AV block as beats), and a QRS complex or noise in one lead only.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from training.data.qrs_records import QrsRecord
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.filters import DISPLAY_SOS
from wardbeat.ecg.qrs.network import LEADS

Signal = NDArray[np.float32]

STRETCH = 0.22
"""Time runs faster or slower by at most this proportion."""
ERASE, PASTE, BURST, NOISY, MAINS, POPS, PACED, STEP_IN_GAIN = 0.3, 0.2, 0.15, 0.5, 0.1, 0.12, 0.08, 0.15
"""Probability of each change of a stretch."""
SWAP, ONE_LEAD, TURN_ONE, TURN_BOTH = 0.5, 0.15, 0.2, 0.2
GAIN, LEAD_GAIN = (0.3, 3.0), (0.6, 1.6)
NOISE_RANGE = (0.01, 0.5)
"""Ratio of the noise's standard deviation to the QRS amplitude, log-uniform."""
BURST_RANGE = (0.1, 1.0)
QRS_BEFORE, QRS_AFTER = 25, 25
"""Samples of a QRS complex before and after its R peak: ±0.1 s."""
T_END, NEXT_P = 110, 70
"""A T wave ends 440 ms after the R peak, or 280 ms before the next one, where a P wave may begin."""


class Stretch(NamedTuple):
    """Filtered signal in mV (samples, LEADS), its R peaks, and for each sample whether all R peaks are known."""

    signal: Signal
    beats: NDArray[np.int64]
    known: NDArray[np.bool_]


def random_stretch(
    record: QrsRecord, n_samples: int, noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> Stretch:
    """A random stretch of a record with random changes.

    Parameters
    ----------
    record : QrsRecord
    n_samples : int
        Length of the stretch at 250 Hz.
    noise : sequence of ndarray
        Noise at 250 Hz with standard deviation 1 (:func:`training.data.noise.noise_signals`).
    random : Generator
    """
    stretch = _cut(record, n_samples, random)
    size_mv = _qrs_size_mv(stretch)
    signal, beats = stretch.signal, stretch.beats
    if random.random() < PASTE and size_mv.min() > 0.0:
        _paste_into_one_lead(signal, beats, random)
    if random.random() < ERASE:
        beats = _erase(signal, beats, random)
    if random.random() < STEP_IN_GAIN:
        signal[random.integers(n_samples) :] *= _between(GAIN, random)
    if random.random() < NOISY:
        scale = [_between(NOISE_RANGE, random) for _ in range(LEADS)]
        signal += _noise(n_samples, noise, random) * size_mv * np.array(scale, np.float32)
    if random.random() < BURST:
        begin, end = np.sort(random.integers(n_samples, size=2))
        lead = random.integers(LEADS)
        burst = _noise(n_samples, noise, random)[begin:end, lead] * np.hanning(end - begin)
        signal[begin:end, lead] += burst * size_mv[lead] * _between(BURST_RANGE, random)
    if random.random() < MAINS:
        hz, phase = random.choice([50.0, 60.0]), random.uniform(0, 2 * np.pi)
        wave = np.sin(2 * np.pi * hz / DISPLAY_FS_HZ * np.arange(n_samples) + phase)
        signal += wave[:, None] * size_mv * random.uniform(0.0, 0.15, LEADS)
    if random.random() < POPS:
        signal += _filtered(_pops(n_samples, random))
    if random.random() < PACED:
        signal += _filtered(_pace_pulses(n_samples, beats, random))
    return Stretch(_other_leads(signal, random), beats, stretch.known)


def _cut(record: QrsRecord, n_samples: int, random: np.random.Generator) -> Stretch:
    """A random part of a record, played faster or slower."""
    speed = random.uniform(1.0 - STRETCH, 1.0 + STRETCH)
    length = int(n_samples * speed) + 2
    start = int(random.integers(len(record.signal) - length))
    source = record.signal[start : start + length]
    at = np.arange(n_samples) * speed
    signal = np.stack([np.interp(at, np.arange(length), source[:, lead]) for lead in range(LEADS)], axis=1)
    first, last = np.searchsorted(record.beats, [start, start + length - 2])
    beats = ((record.beats[first:last] - start) / speed).astype(np.int64)
    known = record.known[start + at.astype(np.int64)]
    return Stretch(signal.astype(np.float32), beats[beats < n_samples], known)


def _qrs_size_mv(stretch: Stretch) -> NDArray[np.float32]:
    """Median peak-to-peak height of the QRS complexes in each lead."""
    inner = stretch.beats[(stretch.beats >= QRS_BEFORE) & (stretch.beats < len(stretch.signal) - QRS_AFTER)]
    if not len(inner):
        inner = np.array([len(stretch.signal) // 2])
    complexes = stretch.signal[inner[:, None] + np.arange(-QRS_BEFORE, QRS_AFTER)]
    size: NDArray[np.float32] = np.median(np.ptp(complexes, axis=1), axis=0).astype(np.float32)
    return size


def _erase(signal: Signal, beats: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Erase a few beats, each from its QRS complex to the next P wave; gives the remaining beats."""
    if len(beats) < 3:
        return beats
    keep = np.ones(len(beats), np.bool_)
    for _ in range(random.integers(1, 4)):
        first = int(random.integers(len(beats)))
        for index in range(first, min(len(beats) - 1, first + int(random.integers(1, 4)))):
            begin = max(0, int(beats[index]) - int(random.integers(15, 28)))
            end = max(begin + 2, min(int(beats[index]) + T_END, int(beats[index + 1]) - NEXT_P))
            if not keep[index] or end < beats[index] + QRS_AFTER:
                continue  # already erased, or too little time before the next QRS complex
            line = np.linspace(signal[begin], signal[end], end - begin, dtype=np.float32)
            signal[begin:end] = line
            keep[index] = False
    return beats[keep]


def _paste_into_one_lead(signal: Signal, beats: NDArray[np.int64], random: np.random.Generator) -> None:
    """Copy QRS complexes of one lead to times without a beat, in that lead only."""
    inner = beats[(beats >= QRS_BEFORE) & (beats < len(signal) - QRS_AFTER)]
    if not len(inner):
        return
    lead = random.integers(LEADS)
    window = np.hanning(QRS_BEFORE + QRS_AFTER).astype(np.float32)
    for _ in range(random.integers(1, 6)):
        at = int(random.integers(QRS_BEFORE, len(signal) - QRS_AFTER))
        if np.abs(inner - at).min() < 2 * QRS_BEFORE:
            continue
        source = int(random.choice(inner))
        piece = signal[source - QRS_BEFORE : source + QRS_AFTER, lead].copy()
        piece -= np.linspace(piece[0], piece[-1], len(piece), dtype=np.float32)
        signal[at - QRS_BEFORE : at + QRS_AFTER, lead] += piece * window * np.float32(random.uniform(0.5, 1.5))


def _noise(n_samples: int, noise: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Signal:
    """Random noise for each lead."""
    columns = []
    for _ in range(LEADS):
        source = noise[int(random.integers(len(noise)))]
        start = int(random.integers(len(source) - n_samples))
        columns.append(source[start : start + n_samples])
    return np.stack(columns, axis=1)


def _pops(n_samples: int, random: np.random.Generator) -> Signal:
    """Steps of an electrode's offset, in one lead or both."""
    steps = np.zeros((n_samples, LEADS), np.float32)
    for _ in range(random.integers(1, 4)):
        step = random.choice([-1.0, 1.0], LEADS) * _between((0.5, 8.0), random)
        step[random.integers(LEADS)] *= random.integers(2)
        steps[random.integers(n_samples) :] += step
    return steps


def _pace_pulses(n_samples: int, beats: NDArray[np.int64], random: np.random.Generator) -> Signal:
    """Pacemaker pulses of 4 ms: before the beats, or at an independent rate (a pacemaker without capture)."""
    pulses = np.zeros((n_samples, LEADS), np.float32)
    at = beats - int(random.integers(8, 50))
    if random.random() < 0.5:
        at = np.arange(random.integers(250), n_samples, random.integers(120, 350))
    pulses[at[(at >= 0) & (at < n_samples)]] = random.choice([-1.0, 1.0], LEADS) * _between((0.3, 6.0), random)
    return pulses


def _filtered(raw_mv: Signal) -> Signal:
    filtered: Signal = sosfilt(DISPLAY_SOS, raw_mv, axis=0).astype(np.float32)
    return filtered


def _other_leads(signal: Signal, random: np.random.Generator) -> Signal:
    """Random electrodes: gain, polarity, order, and a dead lead."""
    gain = np.array([_between(LEAD_GAIN, random) for _ in range(LEADS)], np.float32)
    gain *= _between(GAIN, random)
    if random.random() < TURN_BOTH:
        gain *= -1.0
    if random.random() < TURN_ONE:
        gain[random.integers(LEADS)] *= -1.0
    if random.random() < ONE_LEAD:
        gain[random.integers(LEADS)] = 0.0
    changed = signal * gain
    return changed[:, ::-1] if random.random() < SWAP else changed


def _between(limits: tuple[float, float], random: np.random.Generator) -> np.float32:
    """A log-uniform factor between two limits."""
    return np.float32(np.exp(random.uniform(*np.log(limits))))
