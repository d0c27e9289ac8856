"""Cuts records of different lengths into crops of one length, for networks that take no other."""

import numpy as np
from numpy.typing import NDArray


def crop_starts(lengths: NDArray[np.number], crop: int, hop: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The crops that cover records: the index of the record and the first sample of each.

    A record that is not longer than a crop has one, from its start.

    Parameters
    ----------
    lengths : ndarray, shape (records,)
        Samples of each record.
    crop, hop : int
        Samples of a crop, and samples between the starts of two crops at most.

    Examples
    --------
    >>> row, start = crop_starts(np.array([10, 25]), 10, 8)
    >>> row.tolist(), start.tolist()
    ([0, 1, 1, 1], [0, 0, 7, 15])
    """
    room = np.maximum(lengths.astype(np.int64) - crop, 0)
    numbers = 1 + -(-room // hop)
    row = np.repeat(np.arange(len(room)), numbers)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    return row, room[row] * nth // np.maximum(numbers[row] - 1, 1)


def random_starts(lengths: NDArray[np.number], crop: int, random: np.random.Generator) -> NDArray[np.int64]:
    """The first sample of one random crop of each record."""
    room = np.maximum(lengths.astype(np.int64) - crop, 0)
    return np.asarray(random.random(len(room)) * (room + 1), np.float64).astype(np.int64)


def cut(
    signal: NDArray[np.float32], row: NDArray[np.int64], starts: NDArray[np.int64], crop: int
) -> NDArray[np.float32]:
    """Crops of rows, shape (crops, crop, leads).

    Parameters
    ----------
    signal : ndarray, shape (records, samples, leads)
        Records end with zeros up to the length of the longest.
    row, starts : ndarray of int, shape (crops,)
    crop : int
        Samples of a crop.
    """
    crops: NDArray[np.float32] = signal[row[:, None], starts[:, None] + np.arange(crop)]
    return crops


def mean_over_crops(answers: NDArray[np.float32], row: NDArray[np.int64], records: int) -> NDArray[np.float32]:
    """The mean of the answers of each record's crops, shape (records, classes)."""
    sums = np.zeros((records, answers.shape[-1]))
    np.add.at(sums, row, answers)
    return (sums / np.bincount(row, minlength=records)[:, None]).astype(np.float32)
