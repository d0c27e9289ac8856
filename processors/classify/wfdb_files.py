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
from wardbeat.ecg.io.header_grammar import GAP, Header, header_lines, parse_header
from wardbeat.ecg.io.wfdb_signals import WfdbSignals
from wardbeat.errors import RecordError, UploadError

RECORD_LINE: Final = re.compile(r"[\w-]{1,60}(?:/[0-9]{1,5})?[ \t]+[0-9]{1,4}(?:[ \t]+[-0-9.eE+/()]+)?(?:[ \t]|$)")
"""How the first line of a header begins: name, number of segments, number of signals, rate."""
PLAIN_NAME: Final = re.compile(r"(?!.*\.hea$)\w[\w.-]{0,59}", re.IGNORECASE)
"""A name without folders: a header must not lead out of the temporary folder. It names no header either: every header
there must have passed these checks. A file system takes 255 bytes; a letter has up to 4."""
LARGEST_HEADER_BYTES: Final = 256 * 1024


def is_header(data: bytes) -> bool:
    """Whether a file begins as a WFDB header does."""
    if len(data) > LARGEST_HEADER_BYTES or b"\0" in data:
        return False
    _, first = next(header_lines(data), (0, ""))
    return bool(RECORD_LINE.match(first))


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
    try:
        headers = {name: parse_header(data, name) for name, data in files.items() if is_header(data)}
    except RecordError as error:
        raise UploadError(str(error)) from error
    by_record = {header.name: name for name, header in headers.items()}
    if len(by_record) < len(headers):
        raise UploadError("two headers of one name were sent; send one record")
    named = {name: list(_named(header)) for name, header in headers.items()}
    segments = {other for name, header in headers.items() if header.is_segmented for other in named[name]}
    tops = [record for record in by_record if record not in segments]
    if len(tops) != 1:
        raise UploadError(f"{len(tops)} records were sent ({', '.join(sorted(tops)[:5])}); send the files of one")
    with tempfile.TemporaryDirectory(prefix="wardbeat-upload-") as folder:
        for record, name in by_record.items():
            (Path(folder) / f"{record}.hea").write_bytes(files[name])
            if not headers[name].is_segmented:  # segments are records, whose headers are written by themselves
                _write_signals(Path(folder), record, named[name], files)
        return _read(Path(folder), tops[0])


def _read(folder: Path, name: str) -> UploadedRecord:
    try:
        signals = WfdbSignals.open(folder / name)
        check_size(len(signals.sig_name), signals.n_samples, signals.fs)
        p_signal = signals.read_mv(0, signals.n_samples)
        gain, baseline = zip(*signals.scale(), strict=True)
        left_out = tuple(map(str, signals.choice.left_out))
    except RecordError as error:
        raise UploadError(str(error).replace(f"{folder}/", "")) from error
    return UploadedRecord(name, signals.fs, signals.sig_name, p_signal, gain, baseline, left_out)


def _write_signals(folder: Path, record: str, named: list[str], files: Mapping[str, bytes]) -> None:
    for name in named:
        if name not in files:
            raise UploadError(f"{record}.hea names {name}, which was not sent; send both files together")
        (folder / name).write_bytes(files[name])


def _named(header: Header) -> Iterator[str]:
    """The files (or segments) that a header names, each once.

    Raises
    ------
    UploadError
        If a name has a folder in it.
    """
    for name in dict.fromkeys([line.name for line in header.segments] + [line.file for line in header.signals]):
        if name == GAP:
            continue
        if not PLAIN_NAME.fullmatch(name):
            raise UploadError(
                f"the header names the file {name[:60]!r}; only plain names of sent signal files are read"
            )
        yield name
