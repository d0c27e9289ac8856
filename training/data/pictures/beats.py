"""The beats that are drawn: class, patient and signal of each, with and without the patients of other databases.

==========  ===============================================================  ======================================
folder      classes                                                          use
==========  ===============================================================  ======================================
mitdb       all; flutter waves of 207 (``!``) are VF                         folds: fitted on and scored by patient
vfdb        VF, from the rhythms VF, VFIB and VFL                            folds
svdb        normal, PAC, PVC                                                 fitted on only, a fifth validates
ptb-xl      normal, LBBB, RBBB, paced, folds 1 to 3; leads II, V1 and V5     fitted on only, a fifth validates
==========  ===============================================================  ======================================

A beat of mitdb or svdb is centred on its annotation. Flutter and fibrillation of vfdb have no beats: each window is
centred on its largest deflection, so that it looks centred like every other one.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.pictures import PICTURE_CLASSES
from training.data.splits import SAME_PERSON
from wardbeat.ecg.io.annotations import read_rhythms
from wardbeat.ecg.io.records import find_records, open_record, read_mv

FS_HZ = 250
HALF_S = 0.75
"""Signal kept on each side of a beat: half of the longest window and the largest shift."""
HALF = round(HALF_S * FS_HZ)
SYMBOLS = {"N": "normal", "L": "LBBB", "R": "RBBB", "A": "PAC", "V": "PVC", "/": "paced", "!": "VF"}
SVDB_SYMBOLS = {"N": "normal", "S": "PAC", "V": "PVC"}
FIBRILLATION = frozenset({"(VF", "(VFIB", "(VFL"})
VF_WINDOW_S = 1.0
EDGE = 250
"""Samples left out at each end of an episode: annotations of rhythms are no more exact."""
MOST = 700
MOST_OF_MITDB = 1500
"""Beats of a class from one database, spread evenly over its records."""
MOST_OF_RECORD = 400

Left = Callable[[str, str, int], bool]
"""Whether a beat (record, class, sample) is left out."""


class PictureBeats(NamedTuple):
    """Beats, one lead of one beat a row.

    Attributes
    ----------
    signal_mv : ndarray of float32, shape (rows, 2 * HALF + 1)
        At ``FS_HZ``, the beat in the middle.
    beat : ndarray of int, shape (rows,)
        Index of the class in ``PICTURE_CLASSES``.
    sample : ndarray of int, shape (rows,)
        Of the beat, at the record's rate; both leads of a beat have the same.
    source, record, patient : ndarray of str, shape (rows,)
    """

    signal_mv: NDArray[np.float32]
    beat: NDArray[np.int64]
    sample: NDArray[np.int64]
    source: NDArray[np.str_]
    record: NDArray[np.str_]
    patient: NDArray[np.str_]


class Found(NamedTuple):
    """A beat in a record: its class, and its sample at the record's rate."""

    beat: str
    sample: int


def mitdb_beats(folder: Path, left_out: Left, most: int = MOST_OF_MITDB) -> PictureBeats:
    """The beats of mitdb without those left out."""
    found = {path: _kept(path, annotated(path, SYMBOLS), left_out) for path in find_records(folder)}
    return _cut(found, "mitdb", most)


def svdb_beats(folder: Path, most: int = MOST) -> PictureBeats:
    """The beats of svdb."""
    return _cut({path: annotated(path, SVDB_SYMBOLS) for path in find_records(folder)}, "svdb", most)


def vfdb_beats(folder: Path, most: int = MOST) -> PictureBeats:
    """Windows of flutter and fibrillation of vfdb."""
    return _cut({path: _fibrillation(path) for path in find_records(folder)}, "vfdb", most)


def annotated(path: Path, symbols: dict[str, str]) -> list[Found]:
    """The beats of a record whose symbol has a class."""
    import wfdb

    annotation: Any = wfdb.rdann(str(path), "atr")
    pairs = zip(annotation.symbol, annotation.sample, strict=True)
    return [Found(symbols[symbol], int(sample)) for symbol, sample in pairs if symbol in symbols]


def patient_of_record(source: str, record: str) -> str:
    """The patient of a record; 201 and 202 of mitdb are one person."""
    return f"{source}/{min(record, SAME_PERSON.get(record, record))}" if source == "mitdb" else f"{source}/{record}"


def joined(parts: list[PictureBeats]) -> PictureBeats:
    """All rows of several."""
    return PictureBeats(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def shares(available: list[int], most: int, most_of_one: int = MOST_OF_RECORD) -> list[int]:
    """How many each record gives, so that all give the same as far as they have so many, and ``most`` in all."""
    given = [0] * len(available)
    left = [min(n, most_of_one) for n in available]
    while most > 0 and any(left):
        open_records = [index for index, n in enumerate(left) if n]
        each = max(1, most // len(open_records))
        for index in open_records:
            taken = min(each, left[index], most)
            given[index] += taken
            left[index] -= taken
            most -= taken
    return given


def windows(leads_mv: NDArray[np.float64], fs: float, samples: NDArray[np.int64]) -> NDArray[np.float32]:
    """The signal around samples at ``FS_HZ``, shape (samples, leads, 2 * HALF + 1)."""
    resampled = resample_poly(np.nan_to_num(leads_mv), FS_HZ, round(fs), axis=1, padtype="line")
    padded = np.pad(resampled, ((0, 0), (HALF, HALF)), mode="edge")
    middle = np.round(samples * FS_HZ / fs).astype(int)[:, None] + np.arange(2 * HALF + 1)
    return padded[:, middle].transpose(1, 0, 2).astype(np.float32)


def _kept(path: Path, found: list[Found], left_out: Left) -> list[Found]:
    return [one for one in found if not left_out(path.name, one.beat, one.sample)]


def _cut(found: dict[Path, list[Found]], source: str, most: int) -> PictureBeats:
    """The signal of an even choice of beats, both leads of each."""
    chosen = _chosen(found, most)
    parts = [_of_record(path, source, beats) for path, beats in chosen.items() if beats]
    return joined(parts)


def _chosen(found: dict[Path, list[Found]], most: int) -> dict[Path, list[Found]]:
    """Of each class the same number from each record, spread over the record's time."""
    chosen: dict[Path, list[Found]] = {path: [] for path in found}
    for name in PICTURE_CLASSES:
        of_class = {path: [one for one in beats if one.beat == name] for path, beats in found.items()}
        counts = shares([len(beats) for beats in of_class.values()], most)
        for (path, beats), n in zip(of_class.items(), counts, strict=True):
            chosen[path] += [beats[at] for at in np.linspace(0, len(beats) - 1, n).astype(int)] if n else []
    return chosen


def _of_record(path: Path, source: str, beats: list[Found]) -> PictureBeats:
    record = open_record(path)
    leads = read_mv(record, 0, record.n_samples)[:2]
    cut = windows(leads, record.fs, np.array([one.sample for one in beats]))
    rows = cut.shape[0] * cut.shape[1]
    return PictureBeats(
        signal_mv=cut.reshape(rows, -1),
        beat=np.repeat([PICTURE_CLASSES.index(one.beat) for one in beats], cut.shape[1]),
        sample=np.repeat([one.sample for one in beats], cut.shape[1]),
        source=np.full(rows, source, "U8"),
        record=np.full(rows, record.name, "U16"),
        patient=np.full(rows, patient_of_record(source, record.name), "U24"),
    )


def _fibrillation(path: Path) -> list[Found]:
    record = open_record(path)
    found = []
    for start, stop in _episodes(path, record.n_samples):
        signal = read_mv(record, start, stop)[0]
        length = round(VF_WINDOW_S * record.fs)
        for at in range(0, len(signal) - length, length):
            window = np.nan_to_num(signal[at : at + length])
            found.append(Found("VF", start + at + int(np.abs(window - np.median(window)).argmax())))
    return found


def _episodes(path: Path, n_samples: int) -> Iterator[tuple[int, int]]:
    """Start and end of each flutter and fibrillation, without its edges."""
    rhythms = read_rhythms(path)
    ends = [*(rhythm.sample for rhythm in rhythms[1:]), n_samples]
    for rhythm, end in zip(rhythms, ends, strict=False):
        if rhythm.rhythm in FIBRILLATION and end - rhythm.sample > 4 * EDGE:
            yield rhythm.sample + EDGE, end - EDGE
