"""Scores windows of 5 s: the AUROC of the detector and of each of its parts, and the calibration of its probability."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval
from training.evaluation.detector.scored_records import ScoredRecord, ScoredWindows
from training.evaluation.provenance import patient_of

PARTS = ("combined", "autoencoder", "classifier")
BINS = 10
"""Bins of equal width, for the reliability diagram and the expected calibration error."""
RESAMPLES = 1000
RESAMPLES_PER_BATCH = 50


class Bin(msgspec.Struct, frozen=True):
    """Windows with a probability in one tenth: number, mean probability, proportion abnormal by the reference."""

    windows: int
    mean_p: float
    abnormal: float


class WindowRow(msgspec.Struct, frozen=True):
    """The windows of some records.

    Attributes
    ----------
    auroc : dict
        AUROC of each of ``PARTS``, with 95 % intervals over patients.
    better_by : dict
        AUROC of the combination minus the AUROC of each part, paired.
    ece, brier : Interval
        Expected calibration error and Brier score of the combined probability.
    """

    name: str
    records: int
    patients: int
    windows: int
    abnormal: int
    auroc: dict[str, Interval]
    better_by: dict[str, Interval]
    ece: Interval
    brier: Interval
    reliability: list[Bin]


def window_rows(records: Sequence[ScoredRecord], groups: Mapping[str, Sequence[str]], seed: int) -> list[WindowRow]:
    """A row for each group of records that has both normal and abnormal windows."""
    by_name = {record.name: record for record in records}
    rows = [_window_row(name, [by_name[record] for record in members], seed) for name, members in groups.items()]
    return [row for row in rows if 0 < row.abnormal < row.windows]


def weighted_auroc(
    abnormal: NDArray[np.bool_], score: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """AUROC under several weightings of the rows, shape (weightings,); NaN if one class has no weight.

    Parameters
    ----------
    abnormal, score : ndarray, shape (rows,)
    weights : ndarray, shape (weightings, rows)
    """
    if not len(score):
        return np.full(len(weights), np.nan)
    order = np.argsort(score, kind="stable")
    ordered, weights = abnormal[order], weights[:, order]
    group = np.cumsum(np.append(0, np.diff(score[order]) != 0))  # a pair of equal scores counts one half
    normal = np.where(ordered, 0.0, weights)
    ends = np.append(np.flatnonzero(np.diff(group)), len(group) - 1)
    upto = np.cumsum(normal, axis=1)[:, ends]
    before = np.concatenate([np.zeros((len(weights), 1)), upto[:, :-1]], axis=1)
    wins = (before + (upto - before) / 2)[:, group]
    positive = np.where(ordered, weights, 0.0)
    total = positive.sum(axis=1) * normal.sum(axis=1)
    won = (positive * wins).sum(axis=1)
    return _ratio(won, total)


def reliability(p: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Number of windows, sum of probabilities and number of abnormal windows by tenth of probability, shape (10, 3)."""
    tenth = np.clip((p * BINS).astype(np.int64), 0, BINS - 1)
    columns = (None, p, abnormal)
    return np.stack([np.bincount(tenth, weights=column, minlength=BINS) for column in columns], axis=1).astype(float)


def expected_calibration_error(bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected calibration error from tables of :func:`reliability`, which may have leading axes."""
    windows = bins[..., 0].sum(axis=-1)
    error = np.abs(bins[..., 1] - bins[..., 2]).sum(axis=-1)
    return _ratio(error, windows)


def _window_row(name: str, records: Sequence[ScoredRecord], seed: int) -> WindowRow:
    patients = [patient_of(record.name) for record in records]
    together = ScoredWindows._make(np.concatenate(column) for column in zip(*(r.windows for r in records), strict=True))
    record = np.repeat(np.arange(len(records)), [len(one.windows.t_s) for one in records])
    resamples = bootstrap.resample_counts(patients, seed, RESAMPLES)
    scores = {part: getattr(together, part) for part in PARTS}
    ones = np.ones((1, len(record)))
    areas = {part: float(weighted_auroc(together.abnormal, scores[part], ones)[0]) for part in PARTS}
    resampled = {part: _resampled_auroc(together.abnormal, scores[part], resamples, record) for part in PARTS}
    bins = np.stack([reliability(r.windows.combined, r.windows.abnormal) for r in records])
    ece, all_bins = expected_calibration_error, bins.sum(axis=0)
    squares = np.array([((r.windows.combined - r.windows.abnormal) ** 2).sum() for r in records])
    sizes = np.array([len(r.windows.t_s) for r in records], np.float64)
    return WindowRow(
        name,
        len(records),
        len(set(patients)),
        len(record),
        int(together.abnormal.sum()),
        {part: bootstrap.interval(areas[part], resampled[part]) for part in PARTS},
        {
            part: bootstrap.interval(areas["combined"] - areas[part], resampled["combined"] - resampled[part])
            for part in PARTS[1:]
        },
        bootstrap.interval(float(ece(all_bins)), ece(np.tensordot(resamples, bins, axes=1))),
        bootstrap.interval(
            float(squares.sum() / max(1.0, sizes.sum())), _ratio(resamples @ squares, resamples @ sizes)
        ),
        [Bin(int(n), p / n, abnormal / n) for n, p, abnormal in all_bins.tolist() if n],
    )


def _resampled_auroc(
    abnormal: NDArray[np.bool_], score: NDArray[np.float64], resamples: NDArray[np.int64], record: NDArray[np.int64]
) -> NDArray[np.float64]:
    parts = [
        weighted_auroc(abnormal, score, batch[:, record].astype(np.float64))
        for batch in np.array_split(resamples, max(1, len(resamples) // RESAMPLES_PER_BATCH))
    ]
    return np.concatenate(parts)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return ratio
