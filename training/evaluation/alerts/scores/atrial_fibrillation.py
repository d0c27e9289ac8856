"""Scores of atrial fibrillation: record by record for short strips, and beat by beat for long records."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.findings import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval
from training.evaluation.alerts.scores.proportions import interval_of, proportion, proportion_of
from training.evaluation.bootstrap import Interval

FIBRILLATION, FLUTTER = "(AFIB", "(AFL"
Flutter = Literal["left out", "as other", "as AF"]
"""How atrial flutter of the reference is counted."""
ROWS = ("A", "N", "O", "~")
"""AF, normal, other rhythm, too noisy to classify; the names of CinC 2017."""
TP, FP, FN, TN = range(4)


class StripRow(msgspec.Struct, frozen=True):
    """One record: its reference, and whether the monitor annotated AF anywhere in it."""

    record: str
    truth: str
    called: bool


class StripScores(msgspec.Struct, frozen=True):
    """AF against normal and other rhythms, record by record; proportions from 0 to 1.

    Attributes
    ----------
    counts : dict
        (records, records with detected AF) by reference.
    noise_called : Interval
        Proportion of the noisy records with detected AF. The other figures leave noisy records out.
    """

    counts: dict[str, tuple[int, int]]
    se: Interval
    ppv: Interval
    sp: Interval
    f1: Interval
    noise_called: Interval
    records: list[StripRow]


class AtrialBeatScores(msgspec.Struct, frozen=True):
    """AF beat by beat; proportions from 0 to 1.

    Attributes
    ----------
    flutter : str
        How atrial flutter of the reference is counted.
    tp, fp, fn, tn : int
        Beats.
    by_record : dict
        (TP, FP, FN, TN) of each record with any AF, in the reference or detected.
    """

    flutter: Flutter
    tp: int
    fp: int
    fn: int
    tn: int
    se: Interval
    ppv: Interval
    sp: Interval
    by_record: dict[str, list[int]]


def strip_row(name: str, reference: str, findings: MonitorFindings) -> StripRow:
    """Whether the monitor annotated AF anywhere in a record; ``reference`` is one of ``ROWS``."""
    return StripRow(name, reference, any(rhythm == FIBRILLATION for _, rhythm in findings.rhythms))


def score_strips(rows: Sequence[StripRow], resamples: NDArray[np.int64]) -> StripScores:
    """The figures of all records; ``resamples`` is how often each record is in each resample of the bootstrap."""
    cells = np.zeros((len(rows), 2 * len(ROWS)), np.int64)
    for at, row in enumerate(rows):
        cells[at, 2 * ROWS.index(row.truth) + (not row.called)] = 1
    af, normal, other, noise = range(0, 2 * len(ROWS), 2)
    return StripScores(
        {name: (sum(row.truth == name for row in rows), _n_detected(rows, name)) for name in ROWS},
        se=interval_of(proportion_of(af, af, af + 1), cells, resamples),
        ppv=interval_of(proportion_of(af, af, normal, other), cells, resamples),
        sp=interval_of(_specificity, cells, resamples),
        f1=interval_of(_f1, cells, resamples),
        noise_called=interval_of(proportion_of(noise, noise, noise + 1), cells, resamples),
        records=list(rows),
    )


def count_beats(
    findings: MonitorFindings, beats_s: Sequence[float], reference: Sequence[RhythmInterval], flutter: Flutter
) -> NDArray[np.int64]:
    """Count the reference beats of a record that are TP, FP, FN and TN of AF, in this order."""
    beats = np.array(beats_s)
    in_flutter = _within(beats, reference, FLUTTER)
    in_reference = _within(beats, reference, FIBRILLATION) | (in_flutter if flutter == "as AF" else False)
    detected = _within(beats, findings.rhythm_intervals(), FIBRILLATION)
    scored = ~in_flutter if flutter == "left out" else np.ones(len(beats), np.bool_)
    cells = np.where(in_reference, np.where(detected, TP, FN), np.where(detected, FP, TN))
    return np.bincount(cells[scored], minlength=4)


def score_beats(
    counts: Mapping[str, NDArray[np.int64]], flutter: Flutter, resamples: NDArray[np.int64]
) -> AtrialBeatScores:
    """The figures of all records together from the counts of each record."""
    cells = np.array(list(counts.values()), np.int64).reshape(-1, 4)
    tp, fp, fn, tn = (int(number) for number in cells.sum(axis=0))
    return AtrialBeatScores(
        flutter, tp, fp, fn, tn,
        se=interval_of(proportion_of(TP, TP, FN), cells, resamples),
        ppv=interval_of(proportion_of(TP, TP, FP), cells, resamples),
        sp=interval_of(proportion_of(TN, TN, FP), cells, resamples),
        by_record={name: row.tolist() for name, row in counts.items() if row[:TN].any()},
    )  # fmt: skip


def _n_detected(rows: Sequence[StripRow], reference: str) -> int:
    return sum(row.called for row in rows if row.truth == reference)


def _specificity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return proportion(counts[..., 3] + counts[..., 5], counts[..., 2:6].sum(axis=-1))


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of AF against normal and other rhythms."""
    hits, missed, false = counts[..., 0], counts[..., 1], counts[..., 2] + counts[..., 4]
    return proportion(2 * hits, 2 * hits + missed + false)


def _within(beats: NDArray[np.float64], rhythms: Sequence[RhythmInterval], name: str) -> NDArray[np.bool_]:
    inside = np.zeros(len(beats), np.bool_)
    for rhythm, interval in rhythms:
        if rhythm == name:
            inside |= (beats >= interval.start_s) & (beats < interval.stop_s)
    return inside
