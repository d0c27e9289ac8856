"""Small scored records, made by hand."""

import numpy as np

from training.evaluation.detector.ec57 import CLASSES, NONE, ScoredBeats
from training.evaluation.detector.scored_records import ScoredRecord, ScoredWindows
from wardbeat.contracts.messages import SCHEMA_VERSION, SYMBOLS, Beat, Symbol

FS = 360.0


def beat(sample: int, symbol: Symbol = "N", p: float = 0.9) -> Beat:
    """A beat whose class has probability ``p``; the others share the rest."""
    rest = (1 - p) / (len(SYMBOLS) - 1)
    probabilities = tuple(p if symbol == other else rest for other in SYMBOLS)
    return Beat(SCHEMA_VERSION, "r", "r", sample, FS, symbol, probabilities, None)


def scored_beats(*pairs: tuple[str, str], p: float = 0.9, begin_s: float = 300.0) -> ScoredBeats:
    """Beats a second apart, each (reference, called); "none" is no beat."""
    truth = np.array([CLASSES.index(reference) for reference, _ in pairs], np.int8)
    called = np.array([CLASSES.index(own) for _, own in pairs], np.int8)
    t_s = begin_s + np.arange(len(pairs), dtype=np.float64)
    probabilities = np.full((len(pairs), NONE), (1 - p) / (NONE - 1))
    for row, own in enumerate(called):
        probabilities[row] = 0.0 if own == NONE else probabilities[row]
        if own != NONE:
            probabilities[row, own] = p
    return ScoredBeats(truth, called, t_s, np.where(called == NONE, np.nan, t_s), probabilities)


def scored_record(name: str, beats: ScoredBeats, windows: ScoredWindows | None = None) -> ScoredRecord:
    """Half an hour, scored after five minutes."""
    nothing = np.zeros(0)
    empty = ScoredWindows(nothing, nothing.astype(np.bool_), nothing, nothing, nothing)
    return ScoredRecord(name, 1800.0, 300.0, beats, windows if windows is not None else empty, cpu_s=1.8)


def scored_windows(abnormal: list[bool], combined: list[float]) -> ScoredWindows:
    """Windows whose parts alone are the combination's square and root, so that their order is the same."""
    p = np.array(combined)
    return ScoredWindows(300.0 + 5 * np.arange(len(p)), np.array(abnormal, np.bool_), p, p**2, np.sqrt(p))
