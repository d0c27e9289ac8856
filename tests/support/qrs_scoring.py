"""Runs the QRS detector over a signal and scores it as EC57 does."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.support.shipped_qrs import shipped_qrs
from wardbeat.ecg.qrs import detector
from wardbeat.ecg.qrs.block import Block
from wardbeat.ecg.qrs.state import QrsState, new_qrs_state
from wardbeat.ecg.resample import new_resampler, resample, to_native

TOLERANCE_S = 0.15


class Score(NamedTuple):
    """Counts of matched beats, missed beats and false detections."""

    hits: int
    missed: int
    extra: int

    @property
    def sensitivity(self) -> float:
        return self.hits / (self.hits + self.missed)

    @property
    def positive_predictivity(self) -> float:
        return self.hits / (self.hits + self.extra)

    def __add__(self, other: object) -> "Score":
        if not isinstance(other, Score):
            return NotImplemented
        return Score(self.hits + other.hits, self.missed + other.missed, self.extra + other.extra)


def new_detector(n_leads: int) -> QrsState:
    """A detector whose network takes the first two leads."""
    return new_qrs_state(n_leads, (0, 1 if n_leads > 1 else -1))


def find_r_peaks(p_signal: NDArray[np.float64], fs: float = 250) -> list[int]:
    """R peaks in native samples, of a signal in mV (leads × samples) with NaN for invalid."""
    resampler, detector = new_resampler(fs, len(p_signal)), new_detector(len(p_signal))
    return [to_native(resampler, r) for r in r_peaks(detect(detector, *resample(resampler, p_signal)))]


def detect(state: QrsState, signal: NDArray[np.float64], valid: NDArray[np.uint8]) -> list[Block]:
    """The complete blocks of a signal."""
    return detector.detect(state, shipped_qrs(), np.ascontiguousarray(signal), np.ascontiguousarray(valid))


def r_peaks(blocks: list[Block]) -> list[int]:
    return [r for block in blocks for r in block.r_peaks]


def score(reference: list[int], found: list[int], fs: float, from_s: float, to_s: float) -> Score:
    """Match beats one to one between two times; detections just outside may match too."""
    begin, end, tolerance = from_s * fs, to_s * fs, TOLERANCE_S * fs
    reference = [sample for sample in reference if begin <= sample < end]
    left = [sample for sample in found if begin - tolerance <= sample < end + tolerance]
    hits = 0
    for sample in reference:
        nearest = min(left, key=lambda r: abs(r - sample), default=None)
        if nearest is not None and abs(nearest - sample) <= tolerance:
            left.remove(nearest)
            hits += 1
    extra = sum(begin <= sample < end for sample in left)
    return Score(hits, len(reference) - hits, extra)
