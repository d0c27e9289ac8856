"""Small scored records for tests, built by hand."""

import numpy as np
from numpy.typing import NDArray

from training.evaluation.detector.ec57 import CLASSES, NONE, ScoredBeats
from training.evaluation.detector.scored_records import ScoredRecord, ScoredWindows
from wardbeat.contracts.messages import SCHEMA_VERSION, SYMBOLS, Beat, Symbol

FS = 360.0


def beat(sample: int, symbol: Symbol = "N", p: float = 0.9) -> Beat:
    """A beat whose class has probability ``p``; the other classes have equal parts of the rest."""
    rest = (1 - p) / (len(SYMBOLS) - 1)
    probabilities = tuple(p if symbol == other else rest for other in SYMBOLS)
    return Beat(SCHEMA_VERSION, "r", "r", sample, FS, symbol, probabilities, None)


def scored_beats(*pairs: tuple[str, str], p: float = 0.9, begin_s: float = 300.0) -> ScoredBeats:
    """Beats one second apart, each (reference, predicted); "none" is no beat."""
    reference = np.array([CLASSES.index(symbol) for symbol, _ in pairs], np.int8)
    predicted = np.array([CLASSES.index(symbol) for _, symbol in pairs], np.int8)
    t_s = begin_s + np.arange(len(pairs), dtype=np.float64)
    probabilities = np.full((len(pairs), NONE), (1 - p) / (NONE - 1))
    for row, symbol in enumerate(predicted):
        probabilities[row] = 0.0 if symbol == NONE else probabilities[row]
        if symbol != NONE:
            probabilities[row, symbol] = p
    return ScoredBeats(reference, predicted, t_s, np.where(predicted == NONE, np.nan, t_s), probabilities)


def scored_record(name: str, beats: ScoredBeats, windows: ScoredWindows | None = None) -> ScoredRecord:
    """A record of half an hour, scored from 5 min on."""
    nothing = np.zeros(0)
    empty = ScoredWindows(nothing, nothing.astype(np.bool_), nothing, nothing, nothing)
    return ScoredRecord(name, 1800.0, 300.0, beats, windows if windows is not None else empty, cpu_s=1.8)


def scored_windows(abnormal: list[bool], combined: list[float]) -> ScoredWindows:
    """Windows; the scores of the two parts are the square and the root of ``combined``, so their order is the same."""
    p = np.array(combined, np.float64)
    root: NDArray[np.float64] = np.sqrt(p)
    end_s = np.arange(len(p), dtype=np.float64) * 5 + 300.0
    return ScoredWindows(end_s, np.array(abnormal, np.bool_), p, p**2, root)
