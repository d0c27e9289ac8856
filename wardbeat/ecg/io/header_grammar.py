"""The grammar of WFDB headers: bytes in, a :class:`Header` out. It reads no file.

The specification is header(5) of the WFDB Applications Guide (https://physionet.org/physiotools/wag/header-5.htm), and
where it is silent, the C library's ``readheader``. In short:

*Text.* UTF-8 with or without a byte order mark, else Latin-1. LF, CR LF or CR ends a line. Blanks and tabs separate
fields. Empty lines, and lines that begin with ``#``, are no part of the header.

*Numbers* are what scanf reads: ``360``, ``360.``, ``.5``, ``3.6e2``. A count may be written as ``6e2`` or ``28.0``, but
must be whole.

*Record line*, the first line::

    name[/segments] signals [rate[/counter rate[(counter at sample 0)]] [samples [time [date]]]]

The rate is that of frames, in Hz and above 0; without one it is 250. If samples is missing or 0, the signal files
determine it. No sample depends on counter, time and date; a time or date in another form than HH:MM:SS and
DD/MM/YYYY is left out.

*Signal line*, one for each signal::

    file format[xSamplesPerFrame][:skew][+offset] [gain[(baseline)][/unit] [resolution [zero [first [checksum [block
    [name]]]]]]]

Everything from gain on is optional, from the right. Gain is in ADC units per unit; without one, or if it is 0, it is
200. Without a unit it is mV. The baseline is the ADC value of 0 units; without one it is zero. ``first`` is the value
before the first difference of format 8; without it it is zero. Skew is the number of samples before sample 0. Offset is
the number of bytes before the first sample (in FLAC files: of samples). The name is the rest of the line.

Signals in one file stand next to each other, with one format, offset and block size.

*Segment line*, one for each segment, instead of signal lines::

    name samples

``~`` names a gap. If the first segment has 0 samples, it names a header that lists all signals of the record, and other
segments may have fewer (variable layout). The lengths sum up to the samples of the record line.

The number of lines is the number on the record line. header(5) allows more lines; they contradict the count, so they
are refused here.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final

from wardbeat.errors import RecordError

DEFAULT_RATE_HZ: Final = 250.0
DEFAULT_GAIN: Final = 200.0
DEFAULT_UNIT: Final = "mV"
GAP: Final = "~"
"""A segment without a header, or a signal without a file."""
LARGEST_COUNT: Final = 2**53
"""A float holds every whole number up to here."""

_REAL: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER: Final = re.compile(_REAL)
_RATE: Final = re.compile(rf"(?P<rate>{_REAL})(?:/(?P<counter_rate>{_REAL})(?:\((?P<counter>{_REAL})\))?)?")
_FORMAT: Final = re.compile(
    r"(?P<format>[0-9]{1,4})(?:x(?P<per_frame>[0-9]+))?(?::(?P<skew>[0-9]+))?(?:\+(?P<offset>[0-9]+))?"
)
_GAIN: Final = re.compile(rf"(?P<gain>{_REAL})(?:\((?P<baseline>{_REAL})\))?(?:/(?P<unit>[^()]*))?")
_TIME: Final = re.compile(r"(?:(?:([0-9]{1,2}):)?([0-9]{1,2}):)?([0-9]{1,2})(?:\.([0-9]{1,6}))?")
_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{1,4})")
_BLANKS: Final = re.compile(r"[ \t]+")
_SAME_IN_A_FILE: Final = {"fmt": "format", "offset": "offset", "block_bytes": "block size"}


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal: where its samples are, and what they mean.

    Attributes
    ----------
    file : str
    fmt : str
        Number of the storage format, as in signal(5).
    samples_per_frame, skew, offset : int
    gain : float
        ADC units per ``unit``.
    baseline : int
        ADC value of 0 ``unit``.
    unit : str
    resolution, zero, first, checksum, block_bytes : int
        0 where the line ends before; ``first`` is then ``zero``.
    name : str
        Empty if there is none.
    """

    file: str
    fmt: str
    samples_per_frame: int = 1
    skew: int = 0
    offset: int = 0
    gain: float = DEFAULT_GAIN
    baseline: int = 0
    unit: str = DEFAULT_UNIT
    resolution: int = 0
    zero: int = 0
    first: int = 0
    checksum: int = 0
    block_bytes: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One segment: the name of its header, and its number of frames."""

    name: str
    n_samples: int


@dataclass(frozen=True, slots=True)
class Header:
    """A header file. It has signals, or (``is_segmented``) segments.

    Attributes
    ----------
    name : str
    n_signals : int
    rate_hz : float
        Frames a second.
    counter_rate_hz, counter : float
    n_samples : int or None
        Samples of a signal with one sample a frame; None if the header does not say.
    start_time : datetime.time or None
    start_date : datetime.date or None
    signals : tuple of SignalLine
    segments : tuple of SegmentLine
    """

    name: str
    n_signals: int
    rate_hz: float
    counter_rate_hz: float
    counter: float
    n_samples: int | None
    start_time: time | None
    start_date: date | None
    signals: tuple[SignalLine, ...] = ()
    segments: tuple[SegmentLine, ...] = ()

    @property
    def is_segmented(self) -> bool:
        return bool(self.segments)


class _Line:
    """A line with its place, which all messages name."""

    def __init__(self, file: str, number: int, text: str) -> None:
        self.place = f"{file}, line {number}"
        self.text = text

    def fields(self, most: int) -> list[str]:
        """At most so many fields; the last of them is the rest of the line."""
        return _BLANKS.split(self.text, maxsplit=most - 1)

    def refused(self, rule: str, value: object) -> RecordError:
        return RecordError(f"{self.place}: {rule}, {value!r} given; correct the header or fetch it again")

    def whole(self, text: str, what: str, least: int = -LARGEST_COUNT) -> int:
        """A whole number from ``least`` on."""
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not (least <= value <= LARGEST_COUNT and value.is_integer()):
            bound = "" if least < 0 else f" from {least} on"
            raise self.refused(f"{what} must be a whole number{bound}", text)
        return int(value)


def parse_header(data: bytes, file: str) -> Header:
    """Parse the content of a header file.

    Parameters
    ----------
    data : bytes
    file : str
        The name of the file, for messages.

    Raises
    ------
    RecordError
        If it is no header, or contradicts itself; the message has the file, the line, the rule and the value.
    """
    lines = [_Line(file, number, text) for number, text in header_lines(data)]
    if not lines or b"\0" in data:
        raise RecordError(f"{file}: no WFDB header: it is {'no text' if lines else 'empty'}; fetch the file again")
    first, rest = lines[0], lines[1:]
    header, n_segments = _record_line(first)
    announced, what = (header.n_signals, "signals") if n_segments is None else (n_segments, "segments")
    if announced != len(rest):
        raise first.refused(f"{announced} {what} need as many lines below it", len(rest))
    if n_segments is None:
        signals = tuple(_signal_line(line) for line in rest)
        _check_files(rest, signals)
        return replace(header, signals=signals)
    segments = tuple(_segment_line(line) for line in rest)
    return replace(header, segments=segments, n_samples=_total(first, header, segments))


def header_lines(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a header without empty lines and comments, each with its number from 1 on."""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", decoded(data)), start=1):
        text = line.strip(" \t")
        if text and not text.startswith("#"):
            yield number, text


def decoded(data: bytes) -> str:
    """Text of a header or a list of records: UTF-8, or Latin-1 where it is no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _record_line(line: _Line) -> tuple[Header, int | None]:
    """The header without its signals and segments, and the number of segments; None if it has signals."""
    fields = line.fields(6)
    name, slash, segments = fields[0].partition("/")
    if len(fields) < 2 or not name:
        raise line.refused("a record line has the name of the record and the number of signals at least", line.text)
    n_segments = line.whole(segments, "the number of segments", least=1) if slash else None
    n_signals = line.whole(fields[1], "the number of signals", least=0)
    rate_hz, counter_rate_hz, counter = _rates(line, fields[2]) if len(fields) > 2 else (DEFAULT_RATE_HZ, 0.0, 0.0)
    n_samples = line.whole(fields[3], "the number of samples", least=0) if len(fields) > 3 else 0
    start_date = _date(fields[5]) if len(fields) > 5 else None
    return Header(
        name=name,
        n_signals=n_signals,
        rate_hz=rate_hz,
        counter_rate_hz=counter_rate_hz if counter_rate_hz > 0 else rate_hz,
        counter=counter,
        n_samples=n_samples or None,
        start_time=_time(fields[4]) if len(fields) > 4 else None,
        start_date=start_date,
    ), n_segments


def _rates(line: _Line, text: str) -> tuple[float, float, float]:
    match = _RATE.fullmatch(text)
    rate_hz = float(match["rate"]) if match else math.nan
    if match is None or not 0 < rate_hz < math.inf:
        raise line.refused("the sampling rate must be a number of Hz above 0, or RATE/COUNTER_RATE(COUNTER)", text)
    return rate_hz, float(match["counter_rate"] or 0), float(match["counter"] or 0)


def _signal_line(line: _Line) -> SignalLine:
    fields = line.fields(9)
    if len(fields) < 2:
        raise line.refused("a signal line has a file and a format at least", line.text)
    place = _FORMAT.fullmatch(fields[1])
    if place is None:
        raise line.refused(
            "the format must be a number, with xSAMPLES_PER_FRAME, :SKEW and +OFFSET in this order", fields[1]
        )
    names = ("the resolution", "the ADC zero", "the first value", "the checksum", "the block size")
    numbers = [line.whole(text, name) for text, name in zip(fields[3:8], names, strict=False)]
    resolution, zero, first, checksum, block_bytes = numbers + [0] * (len(names) - len(numbers))
    gain, baseline, unit = _scale(line, fields[2]) if len(fields) > 2 else (DEFAULT_GAIN, None, DEFAULT_UNIT)
    return SignalLine(
        file=fields[0],
        fmt=str(int(place["format"])),
        samples_per_frame=line.whole(place["per_frame"] or "1", "the number of samples per frame", least=1),
        skew=line.whole(place["skew"] or "0", "the skew", least=0),
        offset=line.whole(place["offset"] or "0", "the offset", least=0),
        gain=gain,
        baseline=zero if baseline is None else baseline,
        unit=unit,
        resolution=resolution,
        zero=zero,
        first=first if len(numbers) > 2 else zero,
        checksum=checksum,
        block_bytes=block_bytes,
        name=fields[8] if len(fields) > 8 else "",
    )


def _scale(line: _Line, text: str) -> tuple[float, int | None, str]:
    """Gain, baseline and unit of a field such as ``200(1024)/mV``; a missing baseline is None."""
    match = _GAIN.fullmatch(text)
    gain = float(match["gain"]) if match else math.nan
    if match is None or not math.isfinite(gain):
        raise line.refused("the gain must be a number, with (BASELINE) and /UNIT in this order", text)
    baseline = line.whole(match["baseline"], "the baseline") if match["baseline"] else None
    return gain or DEFAULT_GAIN, baseline, match["unit"] or DEFAULT_UNIT


def _check_files(lines: list[_Line], signals: tuple[SignalLine, ...]) -> None:
    """Samples of the signals in one file alternate, so the lines of a file must agree and stand next to each other."""
    first: dict[str, SignalLine] = {}
    before = None
    for line, signal in zip(lines, signals, strict=True):
        if signal.fmt == "0":  # a signal without samples, and so without a file
            continue
        same = first.setdefault(signal.file, signal)
        if same is not signal and before != signal.file:
            raise line.refused("signals in one file must stand next to each other", signal.file)
        for field, what in _SAME_IN_A_FILE.items():
            wanted, given = getattr(same, field), getattr(signal, field)
            if given != wanted:
                raise line.refused(f"signals in {signal.file} must have the same {what}, which is {wanted}", given)
        before = signal.file


def _segment_line(line: _Line) -> SegmentLine:
    fields = line.fields(3)
    if len(fields) != 2:
        raise line.refused("a segment line has a name and a number of samples", line.text)
    return SegmentLine(fields[0], line.whole(fields[1], "the number of samples of a segment", least=0))


def _total(line: _Line, header: Header, segments: tuple[SegmentLine, ...]) -> int:
    total = sum(segment.n_samples for segment in segments)
    if header.n_samples not in (None, total):
        raise line.refused(f"the number of samples must be the sum of the segments, which is {total}", header.n_samples)
    return total


def _time(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    try:
        return time(hour, minute, second, int((match[4] or "0").ljust(6, "0")))
    except ValueError:  # such as 25:00:00
        return None


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:  # such as 0/0/0, which stands for an unknown date
        return None
