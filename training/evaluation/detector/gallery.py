"""Chooses the errors that the report shows: the worst of each kind, one of each record before a second of any."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import CLASSES, NONE, N, Q, S, ScoredBeats, V
from training.evaluation.detector.scored_records import ScoredRecord
from wardbeat.contracts.messages import SYMBOLS

KINDS = ("false V", "missed V", "false S", "missed S", "false detection", "missed beat")
CASES_PER_KIND = 6
APART_S = 10.0
"""Two errors of a record are at least one strip apart."""
MISSED_ORDER = (V, S, SYMBOLS.index("F"), Q, N)
"""Classes of missed beats, the most important first."""


class BeatError(msgspec.Struct, frozen=True):
    """An error: reference class (``truth``), predicted class (``called``), and the probability of the kind's class."""

    kind: str
    record: str
    t_s: float
    truth: str
    called: str
    probability: float

    @property
    def file(self) -> str:
        return f"{self.kind.replace(' ', '_')}_{self.record}_{self.t_s:.1f}s.png"


def worst_cases(records: Sequence[ScoredRecord]) -> list[BeatError]:
    """The errors to show, kind by kind."""
    return [case for kind in KINDS for case in _one_per_record_first(_ranked(records, kind))]


def _ranked(records: Sequence[ScoredRecord], kind: str) -> list[BeatError]:
    """All errors of a kind, the worst first."""
    ranked = []
    for record in records:
        rows, severity, probability = _errors(record.beats, kind)
        for row in rows:
            beats = record.beats
            case = BeatError(
                kind,
                record.name,
                round(float(beats.t_s[row]), 3),
                truth=CLASSES[beats.reference[row]],
                called=CLASSES[beats.predicted[row]],
                probability=float(probability[row]),
            )
            ranked.append((-float(severity[row]), record.name, case.t_s, case))
    return [case for *_, case in sorted(ranked, key=lambda entry: entry[:3])]


def _errors(beats: ScoredBeats, kind: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows that are errors of this kind, the severity of each row, and the probability to show with each row."""
    reference, predicted, p = beats.reference, beats.predicted, beats.probabilities
    match kind:
        case "false V":
            wrong = (predicted == V) & ((reference == N) | (reference == S))
            return np.flatnonzero(wrong), p[:, V], p[:, V]
        case "missed V":
            wrong = (reference == V) & (predicted != V) & (predicted != NONE)
            return np.flatnonzero(wrong), 1 - p[:, V], p[:, V]
        case "false S":
            wrong = (predicted == S) & (reference != S) & (reference != Q) & (reference != NONE)
            return np.flatnonzero(wrong), p[:, S], p[:, S]
        case "missed S":
            wrong = (reference == S) & (predicted != S) & (predicted != NONE)
            return np.flatnonzero(wrong), 1 - p[:, S], p[:, S]
        case "false detection":
            return np.flatnonzero(reference == NONE), 1 - p[:, N], p.max(axis=1, initial=0.0)
        case "missed beat":
            order = np.array([*(MISSED_ORDER.index(index) for index in range(NONE)), NONE])
            return np.flatnonzero(predicted == NONE), -order[reference].astype(np.float64), np.zeros(len(reference))
    raise ValueError(f"kind of error: one of {', '.join(KINDS)}, {kind!r} given")


def _one_per_record_first(ranked: Sequence[BeatError]) -> list[BeatError]:
    chosen: list[BeatError] = []
    remaining = list(ranked)
    while remaining and len(chosen) < CASES_PER_KIND:
        first: dict[str, BeatError] = {}
        for case in remaining:
            first.setdefault(case.record, case)
        chosen += first.values()
        remaining = [
            case
            for case in remaining
            if all(case.record != c.record or abs(case.t_s - c.t_s) > APART_S for c in chosen)
        ]
    return chosen[:CASES_PER_KIND]
