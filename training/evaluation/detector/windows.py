"""How well windows of five seconds are told apart, how far each part of the detector gets alone, and what its
probabilities are worth.
"""  # noqa: D205 # one sentence

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
"""Of equal width, for the reliability diagram and the expected calibration error."""
DRAWS = 1000
DRAWS_AT_A_TIME = 50


class Bin(msgspec.Struct, frozen=True):
    """Windows whose probability lies in one tenth: how many, their mean probability, the share truly abnormal."""

    windows: int
    mean_p: float
    abnormal: float


class WindowRow(msgspec.Struct, frozen=True):
    """The windows of some records.

    Attributes
    ----------
    auroc : dict
        Of ``PARTS``, with 95 % intervals over patients.
    better_by : dict
        AUROC of the combination less that of each part alone, paired.
    ece, brier : Interval
        Expected calibration error and Brier score of the combination's probability.
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
    """AUROC under several weightings of the rows, shape (weightings,); NaN where one class has no weight.

    Parameters
    ----------
    abnormal, score : ndarray, shape (rows,)
    weights : ndarray, shape (weightings, rows)
    """
    order = np.argsort(score, kind="stable")
    truth, weights = abnormal[order], weights[:, order]
    group = np.cumsum(np.append(0, np.diff(score[order]) != 0))  # equal scores are half a win each
    normal = np.where(truth, 0.0, weights)
    ends = np.append(np.flatnonzero(np.diff(group)), len(group) - 1)
    upto = np.cumsum(normal, axis=1)[:, ends]
    before = np.concatenate([np.zeros((len(weights), 1)), upto[:, :-1]], axis=1)
    wins = (before + (upto - before) / 2)[:, group]
    positive = np.where(truth, weights, 0.0)
    total = positive.sum(axis=1) * normal.sum(axis=1)
    won = (positive * wins).sum(axis=1)
    return _over(won, total)


def reliability(p: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Windows, sum of probabilities and abnormal windows in each tenth of probability, shape (10, 3)."""
    tenth = np.clip((p * BINS).astype(np.int64), 0, BINS - 1)
    columns = (None, p, abnormal)
    return np.stack([np.bincount(tenth, weights=column, minlength=BINS) for column in columns], axis=1).astype(float)


def expected_calibration_error(bins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean distance of probability from truth over windows, of tables of ``reliability`` (leading axes)."""
    windows = bins[..., 0].sum(axis=-1)
    off = np.abs(bins[..., 1] - bins[..., 2]).sum(axis=-1)
    return _over(off, windows)


def _window_row(name: str, records: Sequence[ScoredRecord], seed: int) -> WindowRow:
    patients = [patient_of(record.name) for record in records]
    together = ScoredWindows._make(np.concatenate(column) for column in zip(*(r.windows for r in records), strict=True))
    record = np.repeat(np.arange(len(records)), [len(one.windows.t_s) for one in records])
    drawn = bootstrap.draws(patients, seed, DRAWS)
    scores = {part: getattr(together, part) for part in PARTS}
    one = np.ones((1, len(record)))
    own = {part: float(weighted_auroc(together.abnormal, scores[part], one)[0]) for part in PARTS}
    redrawn = {part: _redrawn_auroc(together.abnormal, scores[part], drawn, record) for part in PARTS}
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
        {part: bootstrap.interval(own[part], redrawn[part]) for part in PARTS},
        {
            part: bootstrap.interval(own["combined"] - own[part], redrawn["combined"] - redrawn[part])
            for part in PARTS[1:]
        },
        bootstrap.interval(float(ece(all_bins)), ece(np.tensordot(drawn, bins, axes=1))),
        bootstrap.interval(float(squares.sum() / max(1.0, sizes.sum())), _over(drawn @ squares, drawn @ sizes)),
        [Bin(int(n), p / n, truth / n) for n, p, truth in all_bins.tolist() if n],
    )


def _redrawn_auroc(
    abnormal: NDArray[np.bool_], score: NDArray[np.float64], drawn: NDArray[np.int64], record: NDArray[np.int64]
) -> NDArray[np.float64]:
    parts = [
        weighted_auroc(abnormal, score, some[:, record].astype(np.float64))
        for some in np.array_split(drawn, max(1, len(drawn) // DRAWS_AT_A_TIME))
    ]
    return np.concatenate(parts)


def _over(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return ratio
