"""Which errors to look at: the worst of each kind, one of each record before a second of any."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import CLASSES, NONE, N, Q, S, ScoredBeats, V
from training.evaluation.detector.scored_records import ScoredRecord
from wardbeat.contracts.messages import SYMBOLS

KINDS = ("false V", "missed V", "false S", "missed S", "false detection", "missed beat")
CASES = 6
"""Of each kind."""
APART_S = 10.0
"""Two cases of a record are at least a strip apart."""
MISSED_FIRST = (V, S, SYMBOLS.index("F"), Q, N)


class BeatError(msgspec.Struct, frozen=True):
    """An error: what the reference has, what was called, and the probability that this class was given."""

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
    return [case for kind in KINDS for case in _one_a_record_first(_ranked(records, kind))]


def _ranked(records: Sequence[ScoredRecord], kind: str) -> list[BeatError]:
    """All errors of a kind, the worst first."""
    ranked = []
    for record in records:
        rows, badness, probability = _errors(record.beats, kind)
        for row in rows:
            beats = record.beats
            truth, called = CLASSES[beats.truth[row]], CLASSES[beats.called[row]]
            case = BeatError(kind, record.name, round(float(beats.t_s[row]), 3), truth, called, float(probability[row]))
            ranked.append((-float(badness[row]), record.name, case.t_s, case))
    return [case for *_, case in sorted(ranked, key=lambda entry: entry[:3])]


def _errors(beats: ScoredBeats, kind: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows that are errors of this kind; how bad each row is; the probability to show with it."""
    truth, called, p = beats.truth, beats.called, beats.probabilities
    match kind:
        case "false V":
            wrong = (called == V) & ((truth == N) | (truth == S))
            return np.flatnonzero(wrong), p[:, V], p[:, V]
        case "missed V":
            wrong = (truth == V) & (called != V) & (called != NONE)
            return np.flatnonzero(wrong), 1 - p[:, V], p[:, V]
        case "false S":
            wrong = (called == S) & (truth != S) & (truth != Q) & (truth != NONE)
            return np.flatnonzero(wrong), p[:, S], p[:, S]
        case "missed S":
            wrong = (truth == S) & (called != S) & (called != NONE)
            return np.flatnonzero(wrong), 1 - p[:, S], p[:, S]
        case "false detection":
            return np.flatnonzero(truth == NONE), 1 - p[:, N], p.max(axis=1, initial=0.0)
        case "missed beat":
            order = np.array([*(MISSED_FIRST.index(index) for index in range(NONE)), NONE])
            return np.flatnonzero(called == NONE), -order[truth].astype(np.float64), np.zeros(len(truth))
    raise ValueError(f"kind of error: one of {', '.join(KINDS)}, {kind!r} given")


def _one_a_record_first(ranked: Sequence[BeatError]) -> list[BeatError]:
    chosen: list[BeatError] = []
    left = list(ranked)
    while left and len(chosen) < CASES:
        once: dict[str, BeatError] = {}
        for case in left:
            once.setdefault(case.record, case)
        chosen += once.values()
        left = [
            case for case in left if all(case.record != c.record or abs(case.t_s - c.t_s) > APART_S for c in chosen)
        ]
    return chosen[:CASES]
