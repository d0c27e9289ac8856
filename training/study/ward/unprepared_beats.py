"""Beats of ward leads with and without each step of the preparation of the signal, for the ablation.

The live monitor's signal path runs over each record. We keep each beat's window of the filtered and of the unfiltered
signal in mV, and of the filtered signal on a fixed grid, beside the patient's QRS amplitude at that time.
"""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.inputs import BEAT_BEFORE, BEAT_FEATURES, BEAT_SAMPLES
from models.runtime import Runtime
from processors.monitor.signal_path import BeatReady, SignalEvent, filtered, flush, new_signal_path, take_samples
from training.data.labels import match_beats
from training.evaluation.detector.ec57 import scored_from_s
from wardbeat.atomic_files import atomic_file
from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg import resample
from wardbeat.ecg.features.beats import scale_mv
from wardbeat.ecg.filters import DISPLAY_DELAY
from wardbeat.ecg.io.annotations import read_beats, read_rhythms
from wardbeat.ecg.io.records import open_record, read_mv

STEP_S = 2.0
"""The patient's QRS amplitude is noted so often; it changes slowly."""
EVERY = 2
"""Beats take every second of the monitor's samples: 125 Hz."""
RR_FEATURES = [index for index, name in enumerate(BEAT_FEATURES) if "rr_" in name]


class UnpreparedBeats(NamedTuple):
    """The beats of one record.

    Attributes
    ----------
    filtered_mv, raw_mv : ndarray of float32, shape (beats, 131, 2)
        Around the R peak, each lead about its own mean.
    grid_mv : ndarray of float32, shape (beats, 131, 2)
        The filtered signal in the window of a fixed grid that holds the R peak.
    amplitude_mv : ndarray of float32, shape (beats, 2)
        The patient's running QRS amplitude.
    rr : ndarray of float32, shape (beats, RR_FEATURES)
    label : ndarray of int8
        As :func:`training.data.labels.match_beats` gives it.
    scored : ndarray of bool
        Whether the beat is after the learning time.
    """

    filtered_mv: NDArray[np.float32]
    raw_mv: NDArray[np.float32]
    grid_mv: NDArray[np.float32]
    amplitude_mv: NDArray[np.float32]
    rr: NDArray[np.float32]
    label: NDArray[np.int8]
    scored: NDArray[np.bool_]


class BeatsJob(NamedTuple):
    """A record and the file to write."""

    path: Path
    file: Path


def write_unprepared_beats(job: BeatsJob) -> str:
    """Write the beats of a record; the name of the record."""
    beats = unprepared_beats(job.path)
    with atomic_file(job.file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **beats._asdict())
    return job.path.name


def read_unprepared_beats(file: Path) -> UnpreparedBeats:
    """Read the beats of a record."""
    with np.load(file) as stored:
        return UnpreparedBeats(**{name: stored[name] for name in UnpreparedBeats._fields})


def unprepared_beats(path: Path) -> UnpreparedBeats:
    """Run the signal path of the shipped bundle over a record.

    Raises
    ------
    RecordError
        If the record or its annotations can't be read.
    """
    record = open_record(path)
    network = Runtime.load().qrs
    signal_path = new_signal_path(record.fs, record.sig_name)
    resampler = resample.new_resampler(record.fs, len(record.sig_name))
    edges = [*range(0, record.n_samples, round(STEP_S * record.fs)), record.n_samples]
    clean, raw, amplitudes = [], [], []
    events: list[BeatReady] = []

    def note(found: list[SignalEvent], from_k: int) -> None:
        ready = [event for event in found if isinstance(event, BeatReady)]
        events.extend(ready)
        amplitudes.extend([scale_mv(signal_path.beats)] * len(ready))
        clean.append(filtered(signal_path, from_k, signal_path.k)[0].copy())

    for begin, end in pairwise(edges):
        millivolts = read_mv(record, begin, end)
        raw.append(resample.resample(resampler, millivolts)[0])
        from_k = signal_path.k
        note(take_samples(signal_path, network, millivolts, 0, record.fs), from_k)
    from_k = signal_path.k
    note(flush(signal_path, network, 0, record.fs), from_k)
    r = np.array([event.r for event in events], np.int64)
    leads = signal_path.leads
    smooth, rough = _two_leads(np.concatenate(clean, axis=1), leads), _two_leads(np.concatenate(raw, axis=1), leads)
    native = [round(int(one) * record.fs / DISPLAY_FS_HZ) for one in r]
    label, _ = match_beats(native, read_beats(path), read_rhythms(path), record.fs)
    around = r - EVERY * BEAT_BEFORE
    shown = r + DISPLAY_DELAY
    return UnpreparedBeats(
        filtered_mv=_cut(smooth, around + DISPLAY_DELAY),
        raw_mv=_cut(rough, around),
        grid_mv=_cut(smooth, shown - shown % (EVERY * BEAT_SAMPLES)),
        amplitude_mv=np.array(amplitudes, np.float32).reshape(-1, 2),
        rr=np.array([event.context[-2, RR_FEATURES] for event in events], np.float32).reshape(-1, len(RR_FEATURES)),
        label=label,
        scored=r / DISPLAY_FS_HZ >= scored_from_s(record.duration_s),
    )


def _two_leads(signal: NDArray[np.floating], leads: NDArray[np.int64]) -> NDArray[np.float32]:
    """The limb and the precordial lead, shape (2, samples); zeros for one that there is not."""
    both = np.zeros((2, signal.shape[1]), np.float32)
    for column, lead in enumerate(leads):
        if lead >= 0:
            both[column] = signal[lead]
    return both


def _cut(signal: NDArray[np.float32], start: NDArray[np.int64]) -> NDArray[np.float32]:
    """Windows of 131 samples at 125 Hz about their own mean, shape (windows, 131, 2); zeros beyond the ends."""
    at = start[:, None] + EVERY * np.arange(BEAT_SAMPLES)
    inside = (at >= 0) & (at < signal.shape[1])
    windows = np.where(inside, signal[:, np.clip(at, 0, signal.shape[1] - 1)], 0.0).transpose(1, 2, 0)
    centred: NDArray[np.float32] = (windows - windows.mean(axis=1, keepdims=True)).astype(np.float32)
    return centred
