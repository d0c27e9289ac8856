"""PTB-XL prepared once for all tasks with twelve leads, in one folder.

=====================  ==============================================================================================
file                   content
=====================  ==============================================================================================
``signals.npy``        samples in mV at 100 Hz, float16, shape (records, 1000, 12); a step of float16 is at most 1 µV
                       below 2 mV, and the recorder's is 1 µV or 5 µV
``features.npy``       :func:`training.data.ptb_xl.median_beats.median_beat_features` of each record, float32
``superclasses.npy``   probability of each superclass in the reference, float32, shape (records, 5)
``rhythms.npy``        the rhythm in the reference, float32, shape (records, 7)
``index.json``         :class:`PtbIndex`; it is written last
=====================  ==============================================================================================
"""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from training.data.ptb_xl.labels import rhythm_labels, superclass_labels
from training.data.ptb_xl.layout import LEADS, SAMPLES, Part, PtbRecord, read_records, read_superclasses
from training.data.ptb_xl.median_beats import N_FEATURES, median_beat_features
from training.data.ptb_xl.signals import read_signals
from training.progress import Progress
from wardbeat.atomic_files import atomic_file

INDEX = "index.json"
PARTS: tuple[Part, ...] = ("fit", "validation", "test")
LARGEST_MV = 5.0
"""Larger samples are artefacts, which reach 20 mV; networks take samples clipped to this."""
PROGRESS_RECORDS = 500


class LeadScale(msgspec.Struct, frozen=True):
    """Mean and standard deviation of each lead over the fit part, in mV, of samples clipped to ±5 mV."""

    mean_mv: tuple[float, ...]
    std_mv: tuple[float, ...]

    def scaled(self, signal_mv: NDArray[Any]) -> NDArray[np.float32]:
        """Samples as networks take them: clipped, minus the mean, over the standard deviation; shape (…, 12)."""
        out = np.clip(signal_mv.astype(np.float32), -LARGEST_MV, LARGEST_MV)
        out -= np.array(self.mean_mv, np.float32)
        out /= np.array(self.std_mv, np.float32)
        return out


class PtbIndex(msgspec.Struct, frozen=True):
    """The records of the cache, part after part, and the scale of the leads."""

    records: list[PtbRecord]
    scale: LeadScale


class PtbPart(NamedTuple):
    """The records of one part; ``signals`` in mV is read from the disk where it is used."""

    records: list[PtbRecord]
    signals: NDArray[np.float16]
    features: NDArray[np.float32]
    superclasses: NDArray[np.float32]
    rhythms: NDArray[np.float32]
    scale: LeadScale


def prepare_cache(source: Path, folder: Path, progress: Progress) -> None:
    """Write the cache of a data set, unless it is there.

    Parameters
    ----------
    source : Path
        PTB-XL in one of the layouts of :mod:`training.data.ptb_xl.layout`.
    folder : Path
    progress : Progress

    Raises
    ------
    RecordError
        If a table or a record can't be read.
    """
    if (folder / INDEX).is_file():
        return
    records = sorted(read_records(source), key=lambda record: (PARTS.index(record.part), record.ecg_id))
    superclasses = superclass_labels(records, read_superclasses(source))
    folder.mkdir(parents=True, exist_ok=True)
    features = _write_signals(source, records, folder / "signals.npy", progress)
    arrays = {"features": features, "superclasses": superclasses, "rhythms": rhythm_labels(records)}
    for name, array in arrays.items():
        with atomic_file(folder / f"{name}.npy") as temporary:
            np.save(temporary, array)
    n_fit = sum(record.part == "fit" for record in records)
    index = PtbIndex(records, _scale(np.load(folder / "signals.npy", mmap_mode="r")[:n_fit]))
    with atomic_file(folder / INDEX) as temporary:
        temporary.write_bytes(msgspec.json.encode(index))


def read_part(folder: Path, part: Part) -> PtbPart:
    """The records of one part from the cache."""
    index = read_index(folder)
    inside = [at for at, record in enumerate(index.records) if record.part == part]
    rows = slice(inside[0], inside[-1] + 1) if inside else slice(0, 0)
    names = ("signals", "features", "superclasses", "rhythms")
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r")[rows] for name in names}
    return PtbPart(records=index.records[rows], scale=index.scale, **arrays)


def read_index(folder: Path) -> PtbIndex:
    """The records of the cache and the scale of the leads."""
    return msgspec.json.decode((folder / INDEX).read_bytes(), type=PtbIndex)


def _write_signals(source: Path, records: list[PtbRecord], file: Path, progress: Progress) -> NDArray[np.float32]:
    features = np.zeros((len(records), N_FEATURES), np.float32)
    with atomic_file(file) as temporary:
        shape = (len(records), SAMPLES, len(LEADS))
        stored = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float16, shape=shape)
        for done, (index, signal_mv) in enumerate(read_signals(source, records), 1):
            stored[index] = signal_mv
            features[index] = median_beat_features(signal_mv)
            if done % PROGRESS_RECORDS == 0 or done == len(records):
                progress("read PTB-XL", done, len(records))
        stored.flush()
        del stored
    return features


def _scale(signals: NDArray[np.float16]) -> LeadScale:
    """The scale of the leads, record by record, so that little memory is used; a flat lead has a deviation of 1 mV."""
    sums, squares = np.zeros(len(LEADS)), np.zeros(len(LEADS))
    for signal in signals:
        clipped = np.clip(signal.astype(np.float64), -LARGEST_MV, LARGEST_MV)
        sums += clipped.sum(axis=0)
        squares += (clipped**2).sum(axis=0)
    n = max(1, len(signals) * SAMPLES)
    mean = sums / n
    std = np.sqrt(np.maximum(squares / n - mean**2, 0))
    return LeadScale(tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist()))
