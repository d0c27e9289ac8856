"""Makes new beats and windows of those at hand, as another electrode, another day or a restless patient would.

Everything is done to the network's inputs as a whole: what changes a lead changes its difference from the dominant beat
and the features measured on it as well.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.inputs import BEAT_FEATURES

Arrays = dict[str, NDArray[np.float32]]
SWAP, ONE_LEAD, FLIP, NOISY = 0.25, 0.12, 0.15, 0.5
"""How often: leads swapped, one lead silent, polarity turned, noise added."""
GAIN = (0.6, 1.6)
JITTER = 2
"""Samples at 125 Hz (16 ms) that the R peak may move by."""
CONTEXT_NOISE = 0.1
"""Noise on the rhythm features over their own spread: few patients, and the LSTM would learn them by heart."""
NOISE_RANGE = (0.01, 0.2)
"""Noise over QRS amplitude, drawn evenly in its logarithm."""
CORRELATIONS = [BEAT_FEATURES.index(f"dominant_correlation_lead{lead}") for lead in (0, 1)]
SWAPPED_CONTEXT = np.arange(len(BEAT_FEATURES))
SWAPPED_CONTEXT[CORRELATIONS] = CORRELATIONS[::-1]
"""Order of the features once the leads are swapped."""


def augment_beats(inputs: Arrays, noise: Sequence[NDArray[np.float32]], random: np.random.Generator) -> Arrays:
    """New inputs of the beat network, one for each row."""
    waveform, context = inputs["waveform"].copy(), inputs["context"].copy()
    n = len(waveform)
    swapped = random.random(n) < SWAP
    waveform[swapped] = waveform[swapped][:, :, [1, 0, 3, 2]]
    context[swapped] = context[swapped][:, :, SWAPPED_CONTEXT]
    added = _noise_like(waveform[:, :, :2], noise, random)
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
    """New inputs of the autoencoder, one for each row. Noise stays as small as it is in normal windows."""
    leads = {name: inputs[name].copy() for name in ("signal", "dominant")}
    n = len(leads["signal"])
    swapped = random.random(n) < SWAP
    silent = np.flatnonzero(random.random(n) < ONE_LEAD)
    lead, gains = random.integers(2, size=len(silent)), _gains(n, random)
    leads["signal"] += 0.3 * _noise_like(leads["signal"], noise, random)
    for name, array in leads.items():
        array[swapped] = array[swapped][:, :, ::-1]
        array[silent, :, lead] = 0.0
        leads[name] = array * gains
    return {**inputs, **leads}


def _gains(n: int, random: np.random.Generator) -> NDArray[np.float32]:
    low, high = np.log(GAIN)
    sign = np.where(random.random(n) < FLIP, -1.0, 1.0)
    return (sign * np.exp(random.uniform(low, high, n))).astype(np.float32)[:, None, None]


def _noise_like(
    leads: NDArray[np.float32], noise: Sequence[NDArray[np.float32]], random: np.random.Generator
) -> NDArray[np.float32]:
    """Noise for two leads of each row; none for some of them."""
    n, length, n_leads = leads.shape
    added = np.zeros_like(leads)
    low, high = np.log(NOISE_RANGE)
    for row in np.flatnonzero(random.random(n) < NOISY):
        for lead in range(n_leads):
            source = noise[int(random.integers(len(noise)))]
            start = random.integers(len(source) - length)
            added[row, :, lead] = np.exp(random.uniform(low, high)) * source[start : start + length]
    return added
