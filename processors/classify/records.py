"""Finds out what an uploaded record is, by its content, and reads it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from processors.classify.csv_file import read_csv
from processors.classify.edf_file import MAGIC as EDF
from processors.classify.edf_file import read_edf_record
from processors.classify.uploaded_record import UploadedRecord
from processors.classify.wfdb_files import header_lines, read_wfdb
from wardbeat.errors import UploadError

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
    if any(header_lines(data) is not None for data in files.values()):
        return read_wfdb(files)
    if len(files) != 1:
        raise UploadError(
            f"{len(files)} files and no WFDB header (.hea) among them; send one record: WFDB, one EDF+ or one CSV"
        )
    ((name, data),) = files.items()
    stem = PurePosixPath(name).stem[:LONGEST_NAME] or "record"
    if data.startswith(EDF):
        return read_edf_record(stem, data)
    if b"\0" in data[:4096] or not data.strip():
        raise UploadError(
            "the content is no record: neither EDF+ nor CSV; a WFDB signal file needs its header (.hea) with it"
        )
    return read_csv(stem, data, fs_hz)
