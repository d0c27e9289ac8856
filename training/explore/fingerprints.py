"""Finds the same signal in two records, by hashes of short stretches.

A stretch is one second around a steep slope near an R peak, so the same heart beat gives the same stretch wherever the
record begins. Its hash is of the differences of its ADC values: a copy in another format, or cut elsewhere, has the
same ones. A copy that was resampled, filtered or scaled has others and is not found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

HALF_S = 0.5
"""Half the length of a stretch."""
SNAP_S = 0.12
"""A stretch is centred on the steepest slope this near the R peak."""
LEAST_VALUES = 16
"""A stretch with fewer distinct differences is flat, a calibration pulse or a square wave: others have it, too."""
LEAST_SHARED = 3
"""Two records with this many equal stretches have the same signal."""
MOST_RECORDS = 20
"""A stretch in more records than this is an artefact of the recorder."""


def fingerprints(d_signal: NDArray[np.int16], valid: NDArray[np.bool_], peaks: Iterable[int], fs: float) -> list[int]:
    """Hashes of the stretches around R peaks, lead by lead.

    Parameters
    ----------
    d_signal : ndarray, shape (leads, samples)
        ADC values.
    valid : ndarray of bool, shape (leads, samples)
    peaks : iterable of int
        Samples of R peaks; those near the edges are left out.
    fs : float
        In Hz.
    """
    half, snap = round(HALF_S * fs), round(SNAP_S * fs)
    slopes = np.diff(d_signal.astype(np.int32), axis=1)
    hashes = []
    for peak in peaks:
        if peak - half - snap < 0 or peak + half + snap >= slopes.shape[1]:
            continue
        for lead in range(len(slopes)):
            near = slopes[lead, peak - snap : peak + snap]
            centre = peak - snap + int(np.argmax(np.abs(near)))
            stretch = slopes[lead, centre - half : centre + half]
            if valid[lead, centre - half : centre + half + 1].all() and len(np.unique(stretch)) >= LEAST_VALUES:
                hashes.append(int.from_bytes(blake2b(stretch.tobytes(), digest_size=8).digest()))
    return hashes


def equal_stretches(of_records: Sequence[NDArray[np.uint64]]) -> dict[tuple[int, int], int]:
    """The number of equal stretches of each pair of records that have at least ``LEAST_SHARED`` of them.

    Parameters
    ----------
    of_records : sequence of ndarray of uint64
        The distinct hashes of each record.

    Returns
    -------
    dict
        By the indexes of the two records, the smaller one first.
    """
    if not of_records:
        return {}
    hashes = np.concatenate(of_records)
    record = np.repeat(np.arange(len(of_records)), [len(one) for one in of_records])
    order = np.lexsort((record, hashes))
    hashes, record = hashes[order], record[order]
    begins = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: len(hashes)])
    lengths = np.diff(np.append(begins, len(hashes)))
    several = (lengths > 1) & (lengths <= MOST_RECORDS)
    shared: Counter[tuple[int, int]] = Counter()
    for begin, length in zip(begins[several].tolist(), lengths[several].tolist(), strict=True):
        shared.update(combinations(record[begin : begin + length].tolist(), 2))
    return {pair: number for pair, number in sorted(shared.items()) if number >= LEAST_SHARED}
