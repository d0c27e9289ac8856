"""Augments beats and windows: other electrodes, swapped leads, another day, a moving patient.

Each change applies to all inputs of a network together. A change of a lead also changes its difference from the
dominant beat and the features that are measured on it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.inputs import BEAT_FEATURES

Arrays = dict[str, NDArray[np.float32]]
SWAP, ONE_LEAD, FLIP, NOISY = 0.25, 0.12, 0.15, 0.5
"""Probabilities: leads swapped, one lead silent, polarity inverted, noise added."""
GAIN = (0.6, 1.6)
JITTER = 2
"""The R peak moves by at most this many samples at 125 Hz (16 ms)."""
CONTEXT_NOISE = 0.1
"""Noise of the rhythm features relative to their standard deviation. Without it the LSTM memorises the few patients."""
NOISE_RANGE = (0.01, 0.2)
"""Ratio of noise to QRS amplitude, log-uniform."""
CORRELATIONS = [BEAT_FEATURES.index(f"dominant_correlation_lead{lead}") for lead in (0, 1)]
SWAPPED_CONTEXT = np.arange(len(BEAT_FEATURES))
SWAPPED_CONTEXT[CORRELATIONS] = CORRELATIONS[::-1]
"""Order of the features after the leads are swapped."""


def augment_beats(inputs: Arrays, noise: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Arrays:
    """Augmented inputs of the beat network, one for each row."""
    waveform, context = inputs["waveform"].copy(), inputs["context"].copy()
    n = len(waveform)
    swapped = random.random(n) < SWAP
    waveform[swapped] = waveform[swapped][:, :, [1, 0, 3, 2]]
    context[swapped] = context[swapped][:, :, SWAPPED_CONTEXT]
    added = _matching_noise(waveform[:, :, :2], noise, random)
    waveform[:, :, :2] += added
    waveform[:, :, 2:] += added
    for row in np.flatnonzero(random.random(n) < ONE_LEAD):
        lead = random.integers(2)
        waveform[row, :, [lead, lead + 2]] = 0.0
        context[row, :, CORRELATIONS[lead]] = 0.0
    waveform *= _gains(n, random)
    shift = random.integers(-JITTER, JITTER + 1, n)
    at = np.clip(np.arange(waveform.shape[1])[None, :] + shift[:, None], 0, waveform.shape[1] - 1)
    waveform = np.take_along_axis(waveform, at[:, :, None], axis=1)
    spread = context[:, -2].std(axis=0)
    context += (CONTEXT_NOISE * spread * random.standard_normal(context.shape)).astype(np.float32)
    return {"waveform": waveform, "context": context}


def augment_windows(inputs: Arrays, noise: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Arrays:
    """Augmented inputs of the autoencoder, one for each row; the noise is as small as in normal windows."""
    leads = {name: inputs[name].copy() for name in ("signal", "dominant")}
    n = len(leads["signal"])
    swapped = random.random(n) < SWAP
    silent = np.flatnonzero(random.random(n) < ONE_LEAD)
    lead, gains = random.integers(2, size=len(silent)), _gains(n, random)
    leads["signal"] += 0.3 * _matching_noise(leads["signal"], noise, random)
    for name, array in leads.items():
        array[swapped] = array[swapped][:, :, ::-1]
        array[silent, :, lead] = 0.0
        leads[name] = array * gains
    return {**inputs, **leads}


def _gains(n: int, random: np.random.Generator) -> NDArray[np.float32]:
    low, high = np.log(GAIN)
    sign = np.where(random.random(n) < FLIP, -1.0, 1.0)
    return (sign * np.exp(random.uniform(low, high, n))).astype(np.float32)[:, None, None]


def _matching_noise(
    leads: NDArray[np.float32], noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> NDArray[np.float32]:
    """Noise in the shape of the leads, for a random part of the rows; zeros for the others."""
    n, length, n_leads = leads.shape
    added = np.zeros_like(leads)
    low, high = np.log(NOISE_RANGE)
    for row in np.flatnonzero(random.random(n) < NOISY):
        for lead in range(n_leads):
            source = noise[int(random.integers(len(noise)))]
            start = random.integers(len(source) - length)
            added[row, :, lead] = np.exp(random.uniform(low, high)) * source[start : start + length]
    return added
