"""Finds out what an uploaded record is, by its content, and reads it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from processors.classify.uploaded_record import MOST_SAMPLES, UploadedRecord, check_size, record_of
from processors.classify.wfdb_files import is_header, read_wfdb
from wardbeat.ecg.io.csv_text import read_csv
from wardbeat.ecg.io.edf import MAGIC as EDF
from wardbeat.ecg.io.edf import EdfSignals
from wardbeat.errors import RecordError, UploadError

LONGEST_NAME: Final = 64
"""Characters of a record's name, which names the session of the monitor."""


def read_record(files: Mapping[str, bytes], fs_hz: float | None = None) -> UploadedRecord:
    """The record in uploaded files: WFDB (a header with its signal files), one EDF or EDF+ file, or one CSV.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.
    fs_hz : float, optional
        The sampling rate of a CSV without a time column.

    Raises
    ------
    UploadError
        If the files are none of these, or can't be read; the message says why.
    """
    if any(is_header(data) for data in files.values()):
        return read_wfdb(files)
    if len(files) != 1:
        raise UploadError(
            f"{len(files)} files and no WFDB header (.hea) among them; send one record: WFDB, one EDF+ or one CSV"
        )
    ((name, data),) = files.items()
    stem = PurePosixPath(name).stem[:LONGEST_NAME] or "record"
    if data.startswith(EDF):
        return _edf_record(stem, data)
    if b"\0" in data[:4096] or not data.strip():
        raise UploadError(
            "the content is no record: neither EDF+ nor CSV; a WFDB signal file needs its header (.hea) with it"
        )
    return _csv_record(stem, data, fs_hz)


def _edf_record(name: str, data: bytes) -> UploadedRecord:
    try:
        signals = EdfSignals.open(data)
        check_size(len(signals.sig_name), signals.n_samples, signals.fs)
        p_signal = signals.read_mv(0, signals.n_samples)
    except RecordError as error:
        raise UploadError(str(error)) from error
    gain, baseline = zip(*signals.scale(), strict=True)
    left_out = tuple(map(str, signals.choice.left_out))
    return UploadedRecord(name, signals.fs, signals.sig_name, p_signal, gain, baseline, left_out)


def _csv_record(name: str, data: bytes, fs_hz: float | None) -> UploadedRecord:
    try:
        leads = read_csv(data, fs_hz, MOST_SAMPLES)
    except RecordError as error:
        raise UploadError(str(error)) from error
    return record_of(name, leads.fs, leads.sig_name, leads.p_signal)
