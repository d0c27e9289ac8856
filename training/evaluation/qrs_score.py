"""Scores how well the live QRS detector finds the beats of records, to choose QRS networks and thresholds."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.labels import FALSE_DETECTION, FLUTTER, match_beats, rhythm_at
from training.evaluation.scores import LEARNING_S
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.leads import choose_leads
from wardbeat.ecg.mains.hum import new_mains, remove_hum
from wardbeat.ecg.qrs import detector
from wardbeat.ecg.qrs.network import QrsNetwork
from wardbeat.ecg.qrs.state import new_qrs_state
from wardbeat.ecg.resample import new_resampler, resample, to_native

AFTER_END_S = 1.0
"""Missing signal after the end of a record, so that the detector decides about its last beats."""


class QrsScore(NamedTuple):
    """True positives within ±150 ms, missed beats and false detections, without learning time and flutter."""

    hits: int
    missed: int
    extra: int

    @property
    def sensitivity(self) -> float:
        """Proportion of the reference beats that were detected."""
        return self.hits / max(1, self.hits + self.missed)

    @property
    def positive_predictivity(self) -> float:
        """Proportion of the detections that are beats."""
        return self.hits / max(1, self.hits + self.extra)

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and positive predictivity."""
        return 2 * self.hits / max(1, 2 * self.hits + self.missed + self.extra)


def score_records(network: QrsNetwork, paths: Sequence[Path]) -> dict[str, QrsScore]:
    """The score of a QRS network in each record, by the record's name.

    Raises
    ------
    RecordError
        If a record or its annotations can't be read.
    """
    return {path.name: _score(network, path) for path in paths}


def total(scores: Sequence[QrsScore]) -> QrsScore:
    """All beats together (gross, EC57)."""
    return QrsScore(*(sum(column) for column in zip(*scores, strict=True)))


def _score(network: QrsNetwork, path: Path) -> QrsScore:
    record, beats, rhythms = open_record(path), read_beats(path), read_rhythms(path)
    p_signal = read_mv(record, 0, record.n_samples)
    detections = [r for r in _r_peaks(network, p_signal, record.fs, record.sig_name) if r < record.n_samples]
    label, missed = match_beats(detections, beats, rhythms, record.fs)
    begin = LEARNING_S * record.fs
    scored = label[np.array(detections) >= begin] if detections else label
    missed = [beat for beat in missed if beat.sample >= begin and rhythm_at(rhythms, beat.sample) != FLUTTER]
    return QrsScore(int((scored >= 0).sum()), len(missed), int((scored == FALSE_DETECTION).sum()))


def _r_peaks(network: QrsNetwork, p_signal: NDArray[np.float64], fs: float, sig_name: tuple[str, ...]) -> list[int]:
    """R peaks of a whole record in native samples, as the monitor finds them."""
    after = np.full((len(p_signal), round(AFTER_END_S * fs)), np.nan)
    resampler = new_resampler(fs, len(p_signal))
    p_signal = remove_hum(new_mains(fs, len(p_signal)), np.concatenate([p_signal, after], axis=1))
    signal, valid = resample(resampler, p_signal)
    state = new_qrs_state(len(p_signal), choose_leads(sig_name))
    return [to_native(resampler, r) for block in detector.detect(state, network, signal, valid) for r in block.r_peaks]
