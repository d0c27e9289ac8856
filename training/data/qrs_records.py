"""Reads records as the QRS network receives them: the monitor's leads without hum, resampled and filtered."""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from training.data.labels import FLUTTER
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.filters import DISPLAY_DELAY, DISPLAY_SOS
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.ecg.leads import choose_leads
from wardbeat.ecg.mains.hum import new_mains, remove_hum
from wardbeat.ecg.qrs.network import LEADS
from wardbeat.ecg.resample import new_resampler, resample


class QrsRecord(NamedTuple):
    """One record for the fit.

    Attributes
    ----------
    name : str
    signal : ndarray, shape (samples, LEADS)
        Display-filtered mV at 250 Hz; a missing lead is 0.
    beats : ndarray
        Reference R peaks as samples of ``signal``.
    known : ndarray of bool, shape (samples,)
        Whether beats are annotated: from the first beat to the last, outside ventricular flutter.
    """

    name: str
    signal: NDArray[np.float32]
    beats: NDArray[np.int64]
    known: NDArray[np.bool_]


def read_qrs_record(path: Path) -> QrsRecord:
    """Read a record and its reference beats.

    Raises
    ------
    RecordError
        If the record or its annotations can't be read.
    """
    record = open_record(path)
    chosen = choose_leads(record.sig_name)
    n_leads = len(record.sig_name)
    native = remove_hum(new_mains(record.fs, n_leads), read_mv(record, 0, record.n_samples))
    p_signal, _ = resample(new_resampler(record.fs, n_leads), native)
    filtered = sosfilt(DISPLAY_SOS, p_signal, axis=1)
    signal = np.zeros((filtered.shape[1], LEADS), np.float32)
    for column, lead in enumerate(chosen):
        if lead >= 0:
            signal[:, column] = filtered[lead]
    beats = _positions([beat.sample for beat in read_beats(path)], record.fs)
    known = np.zeros(len(signal), np.bool_)
    known[beats.min(initial=len(signal)) : beats.max(initial=0) + 1] = True
    rhythms = read_rhythms(path)
    borders = _positions([rhythm.sample for rhythm in rhythms], record.fs)
    for rhythm, (begin, end) in zip(rhythms, pairwise([*borders, len(signal)]), strict=True):
        if rhythm.rhythm == FLUTTER:
            known[begin:end] = False
    return QrsRecord(record.name, signal, beats, known)


def _positions(samples: list[int], fs: float) -> NDArray[np.int64]:
    """The positions of a record's samples in its filtered signal."""
    return np.rint(np.array(samples, np.float64) * DISPLAY_FS_HZ / fs).astype(np.int64) + DISPLAY_DELAY
