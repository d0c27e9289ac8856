"""Atrial fibrillation as a rhythm: records of a single strip, and beat by beat in long ones."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.alerts.observations import MonitorFindings
from training.evaluation.alerts.scores.intervals import RhythmInterval
from training.evaluation.alerts.scores.proportions import interval_of, part_of, proportion
from training.evaluation.bootstrap import Interval

FIBRILLATION, FLUTTER = "(AFIB", "(AFL"
Flutter = Literal["left out", "as other", "as AF"]
"""What the atrial flutter of a reference counts as."""
ROWS = ("A", "N", "O", "~")
"""AF, normal, other rhythm, too noisy to tell; as CinC 2017 names them."""
TP, FP, FN, TN = range(4)


class StripRow(msgspec.Struct, frozen=True):
    """One record: what it is, and whether AF was annotated anywhere in it."""

    record: str
    truth: str
    called: bool


class Strips(msgspec.Struct, frozen=True):
    """AF against normal and other rhythms, record by record; shares of 1.

    Attributes
    ----------
    counts : dict
        (records, called AF) by what they are.
    noise_called : Interval
        Share of the noisy records, which are no part of the other figures.
    """

    counts: dict[str, tuple[int, int]]
    se: Interval
    ppv: Interval
    sp: Interval
    f1: Interval
    noise_called: Interval
    records: list[StripRow]


class AtrialBeatScores(msgspec.Struct, frozen=True):
    """AF beat by beat; shares of 1.

    Attributes
    ----------
    flutter : str
        What the atrial flutter of the reference counts as.
    tp, fp, fn, tn : int
        Beats.
    by_record : dict
        (TP, FP, FN, TN) of each record with any AF, in the reference or called.
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


def call_strip(name: str, truth: str, findings: MonitorFindings) -> StripRow:
    """Whether AF is annotated anywhere in a record."""
    return StripRow(name, truth, any(rhythm == FIBRILLATION for _, rhythm in findings.rhythms))


def score_strips(rows: Sequence[StripRow], drawn: NDArray[np.int64]) -> Strips:
    """The figures of all records; intervals from how often each is in each draw."""
    cells = np.zeros((len(rows), 2 * len(ROWS)), np.int64)
    for at, row in enumerate(rows):
        cells[at, 2 * ROWS.index(row.truth) + (not row.called)] = 1
    af, normal, other, noise = range(0, 2 * len(ROWS), 2)
    return Strips(
        {truth: (sum(row.truth == truth for row in rows), _called(rows, truth)) for truth in ROWS},
        se=interval_of(part_of(af, af, af + 1), cells, drawn),
        ppv=interval_of(part_of(af, af, normal, other), cells, drawn),
        sp=interval_of(_specificity, cells, drawn),
        f1=interval_of(_f1, cells, drawn),
        noise_called=interval_of(part_of(noise, noise, noise + 1), cells, drawn),
        records=list(rows),
    )


def count_beats(
    findings: MonitorFindings, beats_s: Sequence[float], reference: Sequence[RhythmInterval], flutter: Flutter
) -> NDArray[np.int64]:
    """How many reference beats of a record are TP, FP, FN and TN of AF."""
    beats = np.array(beats_s)
    in_flutter = _within(beats, reference, FLUTTER)
    true = _within(beats, reference, FIBRILLATION) | (in_flutter if flutter == "as AF" else False)
    called = _within(beats, findings.rhythm_intervals(), FIBRILLATION)
    kept = ~in_flutter if flutter == "left out" else np.ones(len(beats), np.bool_)
    cells = np.where(true, np.where(called, TP, FN), np.where(called, FP, TN))
    return np.bincount(cells[kept], minlength=4)


def score_beats(
    counts: Mapping[str, NDArray[np.int64]], flutter: Flutter, drawn: NDArray[np.int64]
) -> AtrialBeatScores:
    """The figures of all records together, given the counts of each."""
    cells = np.array(list(counts.values()), np.int64).reshape(-1, 4)
    tp, fp, fn, tn = (int(number) for number in cells.sum(axis=0))
    return AtrialBeatScores(
        flutter, tp, fp, fn, tn,
        se=interval_of(part_of(TP, TP, FN), cells, drawn),
        ppv=interval_of(part_of(TP, TP, FP), cells, drawn),
        sp=interval_of(part_of(TN, TN, FP), cells, drawn),
        by_record={name: row.tolist() for name, row in counts.items() if row[:TN].any()},
    )  # fmt: skip


def _called(rows: Sequence[StripRow], truth: str) -> int:
    return sum(row.called for row in rows if row.truth == truth)


def _specificity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return proportion(counts[..., 3] + counts[..., 5], counts[..., 2:6].sum(axis=-1))


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of AF against normal and other."""
    hits, missed, false = counts[..., 0], counts[..., 1], counts[..., 2] + counts[..., 4]
    return proportion(2 * hits, 2 * hits + missed + false)


def _within(beats: NDArray[np.float64], rhythms: Sequence[RhythmInterval], name: str) -> NDArray[np.bool_]:
    inside = np.zeros(len(beats), np.bool_)
    for rhythm, span in rhythms:
        if rhythm == name:
            inside |= (beats >= span.start_s) & (beats < span.stop_s)
    return inside
