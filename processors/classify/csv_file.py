"""Reads a CSV of ECG: a line of lead names, then a line a sample, in millivolts.

Commas, semicolons or tabs separate the values; the decimal sign is a point. A first column ``time``, ``time_s``, ``t``
or ``seconds`` gives the time in seconds. An empty value is an invalid sample.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from processors.classify.uploaded_record import MOST_SAMPLES, UploadedRecord, record_of
from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.errors import UploadError

SEPARATORS: Final = ",;\t"
TIME: Final = re.compile(r"^(t|time|seconds)([ _(\[]*(s|sec|seconds)[)\]]*)?$", re.IGNORECASE)
UNIT: Final = re.compile(r"[ _]*[(\[](mv|millivolts?)[)\]]$|[ _]+(mv|millivolts?)$", re.IGNORECASE)
OTHER_UNIT: Final = re.compile(r"[ _(\[](µv|μv|uv|nv|v|adu|adc)[)\]]?$", re.IGNORECASE)
MOST_MV: Final = 50.0
"""No electrode gives this much for long: such values are microvolts or ADC units."""
UNEVEN: Final = 0.1
"""Largest deviation of a time step from their median, as a share of it; more is another rate, or a gap."""


def read_csv(name: str, data: bytes, fs_hz: float | None) -> UploadedRecord:
    """The record in a CSV file.

    Parameters
    ----------
    name : str
    data : bytes
    fs_hz : float or None
        The sampling rate, if the file has no time column.

    Raises
    ------
    UploadError
        If the file can't be read so; the message names the line or the column.
    """
    text = _text(data)
    header, _, body = text.lstrip("\ufeff").partition("\n")
    separator = max(SEPARATORS, key=header.count)
    columns = [column.strip().strip('"').strip() for column in header.split(separator)]
    _check_header(columns)
    values = _values(body, separator, len(columns))
    if TIME.match(columns[0]):
        fs_hz, columns, values = _rate(values[:, 0]), columns[1:], values[:, 1:]
    if fs_hz is None:
        raise UploadError("the CSV has no time column; state the sampling rate in the field `fs_hz`")
    if not columns:
        raise UploadError("the CSV has a time column and no lead; add columns in millivolts")
    p_signal = values.T
    _check_millivolts(columns, p_signal)
    return record_of(name, fs_hz, [UNIT.sub("", column) for column in columns], p_signal)


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UploadError("not a CSV: it is no UTF-8 text; send WFDB, EDF+ or CSV") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_header(columns: list[str]) -> None:
    if any(_is_number(column) for column in columns):
        raise UploadError("the first line of a CSV has the names of the leads, numbers given; add this line")
    if not all(columns):
        raise UploadError("the first line of a CSV names every column, an empty name given; add it")
    for column in columns:
        if OTHER_UNIT.search(column):
            raise UploadError(f"column {column[:40]!r}: values must be millivolts; convert them")
    if len(columns) > MAX_LEADS + 1:
        raise UploadError(f"a CSV has at most {MAX_LEADS} leads, {len(columns)} columns given; leave some out")


def _values(body: str, separator: str, n_columns: int) -> NDArray[np.float64]:
    """The numbers of all lines, shape (lines, columns); an empty value is NaN."""
    n_lines = body.count("\n") + 1
    if n_lines * n_columns > MOST_SAMPLES + n_lines:
        raise UploadError(
            f"the CSV has {n_lines:,} lines; at most {MOST_SAMPLES:,} values are taken; send a part of it"
        )
    if not body.strip():
        raise UploadError("the CSV has no samples below its first line; send it again")
    try:
        values: NDArray[np.float64] = np.loadtxt(
            _filled_lines(body, separator), delimiter=separator, ndmin=2, comments=None
        )
    except ValueError as error:
        raise UploadError(f"the CSV can't be read: {_reason(error)}; correct this line") from error
    if values.shape[1] != n_columns:
        raise UploadError(f"the CSV names {n_columns} columns and has {values.shape[1]} values a line; correct it")
    return values


def _filled_lines(body: str, separator: str) -> Iterator[str]:
    """The lines that are not blank, one by one, as all of them would take several times their size."""
    for found in re.finditer(r"[^\n]+", body):
        line = found.group()
        if not line.strip():
            continue
        values = line.split(separator)
        yield line if all(values) else separator.join(value if value.strip() else "nan" for value in values)


def _rate(time_s: NDArray[np.float64]) -> float:
    """The sampling rate of a time column in Hz."""
    steps = np.diff(time_s)
    if len(steps) < 1 or not np.isfinite(steps).all():
        raise UploadError("the time column needs a number in every line, and two lines at least; correct it")
    step = float(np.median(steps))
    if step <= 0 or np.abs(steps - step).max() > UNEVEN * step:
        at = int(np.argmax(np.abs(steps - step))) + 2
        raise UploadError(
            f"the time column must rise evenly, in seconds; the step before sample {at} is {steps[at - 2]:g} s and the "
            f"median {step:g} s; send a part without gaps"
        )
    whole = round(len(steps) / float(time_s[-1] - time_s[0]))
    exact = len(steps) / float(time_s[-1] - time_s[0])
    return float(whole) if abs(exact - whole) < 0.01 * max(1.0, exact / 100) else exact


def _check_millivolts(columns: list[str], p_signal: NDArray[np.float64]) -> None:
    with np.errstate(invalid="ignore"):
        for column, lead in zip(columns, p_signal, strict=True):
            valid = lead[np.isfinite(lead)]
            if len(valid) and float(np.quantile(np.abs(valid - np.median(valid)), 0.99)) > MOST_MV:
                raise UploadError(
                    f"column {column[:40]!r}: 1 % of its values differ from their median by more than {MOST_MV:g} mV; "
                    "these are microvolts or ADC units, convert them to millivolts"
                )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _reason(error: ValueError) -> str:
    return " ".join(str(error).split())[:160]
