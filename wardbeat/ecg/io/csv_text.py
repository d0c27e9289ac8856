"""Reads a CSV of ECG: a line of lead names, then a line a sample.

Commas, semicolons or tabs separate the values; the decimal sign is a point. Values are millivolts, unless the name of
their column has another unit behind it, such as ``II (uV)``. A first column ``time``, ``t`` or ``seconds`` gives the
time in seconds, ``time (ms)`` in milliseconds. An empty value is an invalid sample.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.io.header_grammar import decoded
from wardbeat.ecg.io.headers import MV_PER_UNIT, unit_key
from wardbeat.errors import RecordError

SEPARATORS: Final = ",;\t"
TIME: Final = re.compile(r"(?:t|time|seconds)(?:[ _(\[]*(?P<unit>m?s|sec|seconds|milliseconds)[)\]]*)?", re.IGNORECASE)
UNIT: Final = re.compile(r"(?:[ _]*[(\[](?P<unit>[^()\[\]]+)[)\]]|[ _]+(?P<word>[mun\u00b5\u03bc]v))$", re.IGNORECASE)
"""A unit behind the name of a column. Without brackets, ``V`` may be the name of the lead itself."""
LONG_UNITS: Final = {
    f"{long}{plural}": f"{short}v"
    for long, short in {"millivolt": "m", "microvolt": "u", "nanovolt": "n", "volt": ""}.items()
    for plural in ("", "s")
}
OTHER_UNIT: Final = re.compile(
    r"[ _(\[](?:adu|adc|counts?|v|mmhg|cmh2o|kpa|%|bpm|rpm|ohms?|°?c|nu|g)[)\]]?$", re.IGNORECASE
)
MOST_MV: Final = 50.0
"""No electrode gives this much for long: such values are microvolts or ADC units."""
UNEVEN: Final = 0.1
"""Largest deviation of a time step from their median, as a share of it; more is another rate, or a gap."""
RATE_TOLERANCE: Final = 0.01
"""A time column with few decimals gives the rate as exactly as this."""


class CsvLeads(NamedTuple):
    """The leads of a CSV: rate in Hz, names, and millivolts of shape (leads, samples); NaN is invalid."""

    fs: float
    sig_name: tuple[str, ...]
    p_signal: NDArray[np.float64]


def read_csv(data: bytes, rate_hz: float | None = None, most_values: int | None = None) -> CsvLeads:
    """The leads in a CSV file.

    Parameters
    ----------
    data : bytes
    rate_hz : float, optional
        The sampling rate, if the file has no time column.
    most_values : int, optional
        A longer file is refused before it takes memory.

    Raises
    ------
    RecordError
        If the file can't be read so; the message names the line or the column.
    """
    if b"\0" in data[:4096]:
        raise RecordError("not a CSV: it is no text; give WFDB, EDF+ or CSV")
    header, _, body = decoded(data).replace("\r\n", "\n").replace("\r", "\n").partition("\n")
    separator = max(SEPARATORS, key=header.count)
    columns = [column.strip().strip("\"'").strip() for column in header.split(separator)]
    _check_header(columns)
    values = _values(body, separator, len(columns), most_values)
    time = TIME.fullmatch(columns[0])
    if time:
        rate_hz = _rate(values[:, 0] / (1000 if (time["unit"] or "").lower().startswith("m") else 1), rate_hz)
        columns, values = columns[1:], values[:, 1:]
    if rate_hz is None:
        raise RecordError(
            "the CSV has no time column; state its sampling rate (`--rate` on the command line, `fs_hz` in an upload)"
        )
    if not columns:
        raise RecordError("the CSV has a time column and no lead; add columns in millivolts")
    named = [_name_and_scale(column) for column in columns]
    p_signal = values.T * np.array([scale for _, scale in named])[:, None]
    _check_millivolts(columns, p_signal)
    return CsvLeads(rate_hz, tuple(name for name, _ in named), p_signal)


def _check_header(columns: list[str]) -> None:
    if any(_is_number(column) for column in columns):
        raise RecordError("the first line of a CSV has the names of the leads, numbers given; add this line")
    if not all(columns):
        raise RecordError("the first line of a CSV names every column, an empty name given; add it")
    if len(columns) > MAX_LEADS + 1:
        raise RecordError(f"a CSV has at most {MAX_LEADS} leads, {len(columns)} columns given; leave some out")


def _values(body: str, separator: str, n_columns: int, most: int | None) -> NDArray[np.float64]:
    """The numbers of all lines, shape (lines, columns); an empty value is NaN."""
    n_lines = body.count("\n") + 1
    if most is not None and n_lines * n_columns > most + n_lines:
        raise RecordError(f"the CSV has {n_lines:,} lines; at most {most:,} values are taken; give a part of it")
    if not body.strip():
        raise RecordError("the CSV has no samples below its first line; send it again")
    try:
        values: NDArray[np.float64] = np.loadtxt(
            _filled_lines(body, separator), delimiter=separator, ndmin=2, comments=None
        )
    except ValueError as error:
        raise RecordError(f"the CSV can't be read: {_reason(error)}; correct this line") from error
    if values.shape[1] != n_columns:
        raise RecordError(f"the CSV names {n_columns} columns and has {values.shape[1]} values a line; correct it")
    return values


def _filled_lines(body: str, separator: str) -> Iterator[str]:
    """The lines that are not blank, one by one, as all of them would take several times their size."""
    for found in re.finditer(r"[^\n]+", body):
        line = found.group()
        if not line.strip():
            continue
        values = line.split(separator)
        yield line if all(values) else separator.join(value if value.strip() else "nan" for value in values)


def _rate(time_s: NDArray[np.float64], stated_hz: float | None) -> float:
    """The sampling rate of a time column in Hz. A stated rate must agree with it."""
    steps = np.diff(time_s)
    if len(time_s) == 1 and stated_hz is not None:
        return stated_hz
    if len(steps) < 1 or not np.isfinite(steps).all():
        raise RecordError("the time column needs a number in every line, and two lines at least; correct it")
    step = float(np.median(steps))
    if step <= 0 or np.abs(steps - step).max() > UNEVEN * step:
        at = int(np.argmax(np.abs(steps - step))) + 2
        raise RecordError(
            f"the time column must rise evenly, in seconds; the step before sample {at} is {steps[at - 2]:g} s and the "
            f"median {step:g} s; send a part without gaps"
        )
    exact = len(steps) / float(time_s[-1] - time_s[0])
    whole = round(exact)
    rate_hz = float(whole) if abs(exact - whole) < 0.01 * max(1.0, exact / 100) else exact
    if stated_hz is None:
        return rate_hz
    if abs(stated_hz - rate_hz) > RATE_TOLERANCE * rate_hz:
        raise RecordError(
            f"the time column gives {rate_hz:g} Hz, and {stated_hz:g} Hz is stated; leave one of them out"
        )
    return stated_hz


def _name_and_scale(column: str) -> tuple[str, float]:
    """The name of a lead, and the millivolts of a unit of its values."""
    match = UNIT.search(column)
    if match:
        unit = unit_key(match["unit"] or match["word"])
        unit = LONG_UNITS.get(unit, unit)
        if unit in MV_PER_UNIT:
            return column[: match.start()].strip() or column, MV_PER_UNIT[unit]
    if OTHER_UNIT.search(column):
        raise RecordError(
            f"column {column[:40]!r}: values must be millivolts; convert them, or name the unit, such as 'II (uV)'"
        )
    return column, 1.0


def _check_millivolts(columns: list[str], p_signal: NDArray[np.float64]) -> None:
    with np.errstate(invalid="ignore"):
        for column, lead in zip(columns, p_signal, strict=True):
            valid = lead[np.isfinite(lead)]
            if len(valid) and float(np.quantile(np.abs(valid - np.median(valid)), 0.99)) > MOST_MV:
                raise RecordError(
                    f"column {column[:40]!r}: 1 % of its values differ from their median by more than {MOST_MV:g} mV; "
                    "these are microvolts or ADC units; convert them, or name the unit, such as 'II (uV)'"
                )


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _reason(error: ValueError) -> str:
    return " ".join(str(error).split())[:160]
