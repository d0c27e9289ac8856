"""Reads the reference annotations of WFDB records: beats and rhythms as experts annotated them."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wardbeat.ecg.aami import AAMI_CLASS
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.io.signal_files import DECODER_ERRORS
from wardbeat.ecg.reference import ReferenceBeat, ReferenceRhythm
from wardbeat.errors import RecordError


def read_beats(path: Path | str, extension: str = "atr", leads: Sequence[str] = ()) -> list[ReferenceBeat]:
    """The reference beats of a record in AAMI classes, without annotations that are no beats.

    ``leads`` are those of :func:`wardbeat.ecg.io.records.open_record`: their rate is the record's.

    Raises
    ------
    RecordError
        If the record or its annotation file can't be read.
    """
    annotation, samples = _annotation(Path(path), extension, leads)
    return [
        ReferenceBeat(sample, AAMI_CLASS[symbol])
        for sample, symbol in zip(samples, annotation.symbol, strict=True)
        if symbol in AAMI_CLASS
    ]


def read_rhythms(path: Path | str, extension: str = "atr") -> list[ReferenceRhythm]:
    """The rhythm changes of a record, in order.

    Raises
    ------
    RecordError
        If the record or its annotation file can't be read.
    """
    annotation, samples = _annotation(Path(path), extension)
    return [
        ReferenceRhythm(sample, aux.rstrip("\0 "))
        for sample, symbol, aux in zip(samples, annotation.symbol, annotation.aux_note, strict=True)
        if symbol == "+" and aux.startswith("(")
    ]


def read_symbols(path: Path | str, extension: str = "atr") -> list[tuple[int, str, str]]:
    """All annotations of a record, as they are: sample at the record's own rate, WFDB symbol, aux string.

    Raises
    ------
    RecordError
        If the record or its annotation file can't be read.
    """
    annotation, samples = _annotation(Path(path), extension)
    return [
        (sample, symbol, aux.rstrip("\0 "))
        for sample, symbol, aux in zip(samples, annotation.symbol, annotation.aux_note, strict=True)
    ]


def _annotation(path: Path, extension: str, leads: Sequence[str] = ()) -> tuple[Any, list[int]]:
    """An annotation file, and the samples of its annotations at the record's own rate."""
    import wfdb

    record = open_record(path, leads)
    file = record.path.parent / f"{record.name}.{extension}"
    if not file.is_file():
        raise RecordError(f"{file}: no such annotation file; fetch it, or use a record that has one")
    try:
        with TemporaryDirectory(prefix="wardbeat-annotations-") as folder:
            # Beside its header, wfdb would take a rate from there, by its own pattern, and mix it up with the file's.
            shutil.copyfile(file, Path(folder) / f"record.{extension}")
            annotation = wfdb.rdann(str(Path(folder) / "record"), extension)
    except DECODER_ERRORS as error:
        raise RecordError(f"{file}: no valid WFDB annotation file ({error}); fetch it again") from error
    per_count = record.fs / annotation.fs if annotation.fs else record.samples_per_frame
    return annotation, [round(int(sample) * per_count) for sample in annotation.sample]
