"""One row of numbers for a row of a task, for machines that take no signal.

A task that has ``features`` has them for this purpose. For another task they are a summary of its signal, and of its
sequence if it has one:

=============================  ======================================================================================
of each lead                   quantiles of the samples, standard deviation, mean and quantiles of the change from
                               sample to sample, share of the power in each octave of the spectrum
of all leads together          share of the power in each octave of the spectrum of the activity, which is the mean
                               size of the changes: its peak is the rate of the beats; correlation of each two leads
=============================  ======================================================================================
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.study.task import Arrays

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
CHANGE_QUANTILES = (0.01, 0.99)
OCTAVES = 8
ROWS = 512
"""Rows at a time; they limit the memory."""
FLOOR = 1e-9
"""In place of a smaller power or deviation, where a lead is flat."""


def row_features(inputs: Arrays) -> NDArray[np.float32]:
    """The features of rows, shape (rows, n).

    Parameters
    ----------
    inputs : dict of str to ndarray
        As in :class:`training.study.task.Rows`: ``features``, or ``signal`` and perhaps ``sequence``.
    """
    if "features" in inputs:
        return np.asarray(inputs["features"], np.float32)
    parts = [signal_summary(signal) for signal in _blocks(inputs["signal"])]
    features = np.concatenate(parts)
    if "sequence" in inputs:
        sequence = inputs["sequence"]
        features = np.concatenate([features, sequence.reshape(len(sequence), -1)], axis=1)
    return features.astype(np.float32)


def signal_summary(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """The summary of signals of shape (rows, samples, leads), at least four samples."""
    change = np.diff(signal, axis=1)
    parts = [
        np.quantile(signal, QUANTILES, axis=1),
        signal.std(axis=1)[None],
        np.abs(change).mean(axis=1)[None],
        np.quantile(change, CHANGE_QUANTILES, axis=1),
    ]
    of_leads = np.concatenate(parts).transpose(1, 0, 2).reshape(len(signal), -1)
    activity = np.abs(change).mean(axis=2, keepdims=True)
    columns = [of_leads, octave_shares(signal), octave_shares(activity), lead_correlations(signal)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def octave_shares(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logarithm of the share of the power in each octave below half of the sampling rate, shape (rows, n).

    The lowest octave holds all that is below it, but not the mean.
    """
    power = np.abs(np.fft.rfft(signal - signal.mean(axis=1, keepdims=True), axis=1)) ** 2
    octave = OCTAVES + np.floor(np.log2(np.arange(1, power.shape[1]) / (power.shape[1] - 1)))
    octave = np.clip(octave, 0, OCTAVES - 1)
    sums = np.stack([power[:, 1:][:, octave == at].sum(axis=1) for at in range(OCTAVES)], axis=1)
    shares = np.log10(np.maximum(sums / np.maximum(sums.sum(axis=1, keepdims=True), FLOOR), FLOOR))
    return np.asarray(shares.reshape(len(signal), -1), np.float64)


def lead_correlations(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """The correlation of each two leads, shape (rows, leads · (leads − 1) / 2); 0 where a lead is flat."""
    centred = signal - signal.mean(axis=1, keepdims=True)
    covariance = np.einsum("rta,rtb->rab", centred, centred, optimize=True)
    deviation = np.sqrt(np.maximum(np.einsum("raa->ra", covariance), FLOOR))
    first, second = np.triu_indices(signal.shape[2], 1)
    return np.asarray(covariance[:, first, second] / (deviation[:, first] * deviation[:, second]), np.float64)


def _blocks(signal: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for at in range(0, max(1, len(signal)), ROWS):
        yield np.asarray(signal[at : at + ROWS], np.float32)
