"""Reads an uploaded WFDB record: its header, and the signal files that the header names.

wfdb reads files from a folder. So the files lie in a temporary folder while they are read. The header decides which
names are opened; it may only name files of the upload.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from processors.classify.uploaded_record import UploadedRecord, check_size
from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.io.headers import read_layout
from wardbeat.ecg.io.records import open_record, read_mv
from wardbeat.errors import RecordError, UploadError

RECORD_LINE: Final = re.compile(r"^(?P<name>[\w-]{1,64})(?P<segments>/\d{1,5})?[ \t]+\d{1,4}(?:[ \t]+[-\d.eE+/()]+)?")
"""The first line of a header: name, number of segments, number of signals, rate."""
PLAIN_NAME: Final = re.compile(r"^\w[\w.-]{0,99}$(?<!\.hea)", re.ASCII | re.IGNORECASE)
"""A name without folders: a header must not lead out of the temporary folder. It names no header either: every header
there must have passed these checks."""
NO_FILE: Final = "~"
"""In a header, a segment or signal without a file."""
LARGEST_HEADER_BYTES: Final = 256 * 1024


def header_lines(data: bytes) -> list[str] | None:
    """The lines of a WFDB header without comments; None if the file is none."""
    if len(data) > LARGEST_HEADER_BYTES or b"\0" in data:
        return None
    text = data.decode("utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines if lines and RECORD_LINE.match(lines[0]) else None


def read_wfdb(files: Mapping[str, bytes]) -> UploadedRecord:
    """The record in uploaded files; annotations and files that no header names are ignored.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name.

    Raises
    ------
    UploadError
        If a file is missing, damaged or names a file outside of the upload, or there are two records.
    """
    headers = {name: lines for name, data in files.items() if (lines := header_lines(data)) is not None}
    by_record = {_record_name(lines): name for name, lines in headers.items()}
    if len(by_record) < len(headers):
        raise UploadError("two headers of one name were sent; send one record")
    named = {name: list(_named(lines)) for name, lines in headers.items()}
    segments = {other for lines in headers.values() if _is_segmented(lines) for other in _named(lines)}
    tops = [record for record in by_record if record not in segments]
    if len(tops) != 1:
        raise UploadError(f"{len(tops)} records were sent ({', '.join(sorted(tops)[:5])}); send the files of one")
    with tempfile.TemporaryDirectory(prefix="wardbeat-upload-") as folder:
        for record, name in by_record.items():
            (Path(folder) / f"{record}.hea").write_bytes(files[name])
            _write_signals(Path(folder), record, headers[name], named[name], files)
        return _read(Path(folder), tops[0])


def _read(folder: Path, name: str) -> UploadedRecord:
    try:
        layout = read_layout(folder / name)
        per_frame = max((lead.samples_per_frame for segment in layout.segments for lead in segment.leads), default=1)
        n_samples = per_frame * sum(segment.n_frames for segment in layout.segments)
        check_size(min(max(len(layout.sig_name), 1), MAX_LEADS), n_samples, per_frame * layout.frame_rate_hz)
        record = open_record(folder / name)
        p_signal = read_mv(record, 0, record.n_samples)
    except RecordError as error:
        raise UploadError(str(error).replace(f"{folder}/", "")) from error
    return UploadedRecord(name, record.fs, record.sig_name, p_signal, record.gain, record.baseline, record.left_out)


def _write_signals(folder: Path, record: str, lines: list[str], named: list[str], files: Mapping[str, bytes]) -> None:
    if _is_segmented(lines):
        return  # it names records, whose headers are written by themselves
    for name in dict.fromkeys(named):
        if name not in files:
            raise UploadError(f"{record}.hea names {name}, which was not sent; send both files together")
        (folder / name).write_bytes(files[name])


def _named(lines: list[str]) -> Iterator[str]:
    """The files (or segments) that a header names.

    Raises
    ------
    UploadError
        If a name has a folder in it.
    """
    for line in lines[1:]:
        name = line.split()[0]
        if name == NO_FILE:
            continue
        if not PLAIN_NAME.match(name):
            raise UploadError(
                f"the header names the file {name[:60]!r}; only plain names of sent signal files are read"
            )
        yield name


def _is_segmented(lines: list[str]) -> bool:
    first = RECORD_LINE.match(lines[0])
    return bool(first and first["segments"])


def _record_name(lines: list[str]) -> str:
    first = RECORD_LINE.match(lines[0])
    return first["name"] if first else ""
