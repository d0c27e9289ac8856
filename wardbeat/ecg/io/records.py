"""Finds, opens and reads records: WFDB, EDF and EDF+."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from wardbeat.ecg.chunking import quantise
from wardbeat.ecg.io.edf import EdfSignals
from wardbeat.ecg.io.header_grammar import decoded
from wardbeat.ecg.io.headers import read_layout, segment_names
from wardbeat.ecg.io.wfdb_signals import WfdbSignals
from wardbeat.ecg.selection.choice import LeadChoice
from wardbeat.errors import RecordError

LISTED_NAME: Final = re.compile(r"^\s*([\w./-]{1,200})\s*$", re.MULTILINE)
"""A line of a RECORDS file."""
EDF_SUFFIXES: Final = (".edf", ".EDF")
_log = logging.getLogger(__name__)


class RecordSignals(Protocol):
    """The ECG leads in the files of a record."""

    @property
    def fs(self) -> float: ...
    @property
    def samples_per_frame(self) -> int: ...
    @property
    def choice(self) -> LeadChoice: ...
    @property
    def sig_name(self) -> tuple[str, ...]: ...
    @property
    def n_samples(self) -> int: ...

    def read_mv(self, start: int, stop: int) -> NDArray[np.float64]:
        """Samples in mV, shape (leads, stop − start); NaN is invalid."""
        ...

    def scale(self) -> list[tuple[float, int]]:
        """Gain per mV and baseline with which 16 bits hold each lead."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """The ECG leads of one record.

    Attributes
    ----------
    name : str
    path : Path
        Path of its files without ``.hea`` or ``.edf``.
    fs : float
        Sampling rate of the leads in Hz.
    samples_per_frame : int
        Annotation files count frames; a sample of this record is ``frame * samples_per_frame``.
    sig_name, gain, baseline : tuple
        Lead names, ADC units per mV, ADC value of 0 mV.
    n_samples : int
        Samples per lead.
    """

    name: str
    path: Path
    fs: float
    samples_per_frame: int
    sig_name: tuple[str, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    n_samples: int
    signals: RecordSignals = field(repr=False)

    @property
    def choice(self) -> LeadChoice:
        """Why these signals are the leads, and why the others are left out."""
        return self.signals.choice

    @property
    def left_out(self) -> tuple[str, ...]:
        """The signals that are left out, each with the reason."""
        return tuple(map(str, self.choice.left_out))

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.fs

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start); −32768 is invalid.

        Raises
        ------
        RecordError
            If the signal file can't be read there.
        """
        return quantise(read_mv(self, start, stop), self.gain, self.baseline)


def open_record(path: Path | str, leads: Sequence[str] = ()) -> Record:
    """Open a record and check its headers and files.

    It reads no samples, but for some stretches of a signal whose name does not say what it is.

    Parameters
    ----------
    path : Path or str
        With or without ``.hea`` or ``.edf``. If there are both, and no suffix is given, the WFDB record counts.
    leads : sequence of str
        The signals to use as leads, in this order; none for those that :mod:`wardbeat.ecg.selection.choice` chooses.

    Raises
    ------
    RecordError
        If the record can't be read, has no ECG or none of these leads; the message names the file and the next step.
    """
    given = Path(path)
    path = given if _has_header(given) else _without_suffix(given)
    wants_edf = path != given and given.suffix in EDF_SUFFIXES
    edf = _edf_file(path) if wants_edf or not _has_header(path) else None
    signals: RecordSignals = EdfSignals.open(edf, wanted=leads) if edf else WfdbSignals.open(path, leads)
    scale = signals.scale()
    return Record(
        name=path.name,
        path=path,
        fs=signals.fs,
        samples_per_frame=signals.samples_per_frame,
        sig_name=signals.sig_name,
        gain=tuple(gain for gain, _ in scale),
        baseline=tuple(baseline for _, baseline in scale),
        n_samples=signals.n_samples,
        signals=signals,
    )


def open_noise(path: Path | str) -> Record:
    """Open a WFDB record of noise: all its signals, except those that are another kind by name.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    return open_record(path, read_layout(Path(path)).sig_name)


def find_records(folder: Path | str, names: Sequence[str] = ()) -> list[Path]:
    """Paths (without ``.hea`` or ``.edf``) of the records in a folder.

    If the folder has a RECORDS file, it lists the records and their order; records without a file are left out.
    Otherwise every header and EDF file counts, sorted by path, without the segments of multi-segment records.

    Parameters
    ----------
    folder : Path or str
    names : sequence of str
        Only records of these names, in this order; all records if there are none.

    Raises
    ------
    RecordError
        If there is no such folder, no record in it, or none of a given name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordError(f"{folder}: no such folder; give a folder of WFDB records (.hea with their signal files)")
    found = _listed(folder) or _records_in(folder)
    if not any(_has_header(path) for path in found):
        _point_at_csv(folder, found)
    if not names:
        return found
    return [_named(folder, found, name) for name in names]


def read_mv(record: Record, start: int, stop: int) -> NDArray[np.float64]:
    """Samples ``start`` to ``stop`` of a record in mV, shape (leads, stop − start); NaN is invalid.

    Raises
    ------
    RecordError
        If the range is outside the record, or the signal file can't be read there.
    """
    if not 0 <= start <= stop <= record.n_samples:
        raise RecordError(
            f"{record.path}: samples must lie within 0 to {record.n_samples}, {start} to {stop} given; ask for fewer"
        )
    return record.signals.read_mv(start, stop)


def _has_header(path: Path) -> bool:
    return path.with_name(f"{path.name}.hea").is_file()


def _edf_file(path: Path) -> Path | None:
    files = (path.with_name(path.name + suffix) for suffix in EDF_SUFFIXES)
    return next((file for file in files if file.is_file()), None)


def _point_at_csv(folder: Path, found: list[Path]) -> None:
    """Say what can be done with a folder of CSV files.

    Raises
    ------
    RecordError
        If there are no records beside them.
    """
    csv = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    if csv:
        advice = f"`wardbeat records import {csv[0]} --to FOLDER` converts a CSV file of ECG to a WFDB record"
    else:
        advice = f"`wardbeat records download mitdb --to {folder / 'mitdb'}` fetches some"
    if not found:
        raise RecordError(f"{folder}: no WFDB record (.hea) and no EDF file in it; {advice}")
    if csv:
        _log.warning("%s: %d CSV files are not read; %s", folder, len(csv), advice)


def _listed(folder: Path) -> list[Path]:
    """Records in a RECORDS file that have a file; an entry with ``/`` at its end is a folder with its own list."""
    listing = folder / "RECORDS"
    if not listing.is_file():
        return []
    found: list[Path] = []
    for entry in LISTED_NAME.findall(decoded(listing.read_bytes())):
        if not entry.endswith("/"):
            record = _without_suffix(folder / entry)
            found += [record] if _has_header(record) or _edf_file(record) else []
        elif folder.resolve() in (folder / entry).resolve().parents:
            found += _listed(folder / entry)
    return found


def _records_in(folder: Path) -> list[Path]:
    headers = [header.with_suffix("") for header in folder.rglob("*.hea")]
    edf = [file.with_suffix("") for suffix in EDF_SUFFIXES for file in folder.rglob(f"*{suffix}")]
    segments = {header.parent / name for header in headers for name in segment_names(header)}
    return sorted({*headers, *edf} - segments)


def _without_suffix(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in {".hea", *EDF_SUFFIXES} else path


def _named(folder: Path, found: list[Path], name: str) -> Path:
    wanted = _without_suffix(Path(name)).as_posix()
    for path in found:
        if wanted in (path.name, path.relative_to(folder).as_posix()):
            return path
    if _has_header(folder / wanted) or _edf_file(folder / wanted):
        return folder / wanted
    some = ", ".join(path.name for path in found[:5]) + (" …" if len(found) > 5 else "")
    raise RecordError(
        f"{folder}: no record {name!r} in it, the folder has {some}; `wardbeat records list {folder}` lists all"
    )
