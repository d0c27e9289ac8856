"""WFDB headers: signals that may be ECG, the place of their samples, and whether the signal files are complete.

This module finds all faults of a record on disk before its first sample is read. :mod:`header_grammar` reads one
header; here headers are checked against each other and against the signal files.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from wardbeat.ecg.io.header_grammar import GAP, Header, SegmentLine, SignalLine, header_lines, parse_header
from wardbeat.ecg.io.lead_names import lead_names
from wardbeat.ecg.io.signal_files import KNOWN_FORMATS, SignalFile
from wardbeat.ecg.selection.choice import JudgedSignal, SourceSignal, why_no_lead
from wardbeat.errors import RecordError

WIDE_FORMATS: Final = frozenset({"8", "24", "32", "524"})
"""Formats whose values may not fit 16 bits."""
MV_PER_UNIT: Final[dict[str, float]] = {"mv": 1.0, "uv": 1e-3, "nv": 1e-6, "v": 1e3}
"""By the unit as :func:`unit_key` spells it."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A signal of a segment that may be ECG: its place and the meaning of its samples.

    Attributes
    ----------
    name : str
    file : SignalFile
    place : int
        Among the signals in the file, from 0 on.
    skew : int
        Samples in the file before sample 0.
    gain_per_mv : float
    baseline : int
    """

    name: str
    file: SignalFile
    place: int
    skew: int
    gain_per_mv: float
    baseline: int

    @property
    def samples_per_frame(self) -> int:
        return self.file.samples_per_frame[self.place]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a record in one set of signal files.

    ``leads`` are the signals that may be ECG; ``left_out`` are the others, each with the reason.
    """

    path: Path
    n_frames: int
    leads: tuple[Lead, ...]
    left_out: tuple[JudgedSignal, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A record as its headers describe it: its frames, and its segments in order."""

    frame_rate_hz: float
    segments: tuple[Segment, ...]

    @property
    def sig_name(self) -> tuple[str, ...]:
        """The signals that may be ECG."""
        return tuple(dict.fromkeys(lead.name for segment in self.segments for lead in segment.leads))

    @property
    def left_out(self) -> tuple[JudgedSignal, ...]:
        """The other signals, each once, with the reason."""
        names = self.sig_name
        judged = {one.name: one for segment in self.segments for one in segment.left_out if one.name not in names}
        return tuple(judged.values())

    def with_leads(self, names: Sequence[str]) -> "Layout":
        """The layout with these signals alone."""
        segments = (
            replace(segment, leads=tuple(lead for lead in segment.leads if lead.name in names))
            for segment in self.segments
        )
        return replace(self, segments=tuple(segments))


def read_layout(path: Path, wanted: Sequence[str] = ()) -> Layout:
    """Read the layout of the record at ``path`` (without ``.hea``) and check its signal files.

    Parameters
    ----------
    path : Path
    wanted : sequence of str
        The leads that a person has chosen; without them, names and units decide what may be ECG.

    Raises
    ------
    RecordError
        If a header or signal file is missing, damaged, truncated or of an unknown format; if headers contradict each
        other or the files.
    """
    header = read_header(path)
    segments = _segments_of(path, header, wanted) if header.is_segmented else (_segment(path, header, wanted),)
    if any(segment.leads for segment in segments) and sum(segment.n_frames for segment in segments) <= 0:
        raise RecordError(f"{_hea(path)}: the record has no samples (length 0); fetch it again or leave it out")
    return Layout(frame_rate_hz=header.rate_hz, segments=segments)


def read_header(path: Path) -> Header:
    """The header of the record at ``path`` (without ``.hea``).

    Raises
    ------
    RecordError
        If there is none, or it is none.
    """
    try:
        data = _hea(path).read_bytes()
    except FileNotFoundError as error:
        raise RecordError(
            f"{_hea(path)}: no such header; `wardbeat records list {path.parent}` lists the records there"
        ) from error
    except OSError as error:
        raise RecordError(f"{_hea(path)}: can't be read ({error.strerror}); check its permissions") from error
    return parse_header(data, str(_hea(path)))


def segment_names(path: Path) -> list[str]:
    """Names of the segments in a multi-segment header; none for other headers and for unreadable ones."""
    try:
        lines = [line.split() for _, line in header_lines(_hea(path).read_bytes())]
    except OSError:
        return []
    if not lines or "/" not in lines[0][0]:
        return []
    return [fields[0] for fields in lines[1:]]


def unit_key(unit: str) -> str:
    """A unit as :data:`MV_PER_UNIT` spells it: small letters, and ``u`` for both signs of micro."""
    return unit.strip().casefold().replace("\u03bc", "u")  # casefold makes the Greek letter of the micro sign


def _segments_of(path: Path, top: Header, wanted: Sequence[str]) -> tuple[Segment, ...]:
    segments = []
    is_variable = top.segments[0].n_samples == 0
    for number, line in enumerate(top.segments):
        if line.name == GAP:
            segments.append(Segment(path=path, n_frames=line.n_samples, leads=()))
            continue
        segment_path = path.parent / line.name
        header = read_header(segment_path)
        _check_segment(segment_path, header, path, top, line)
        # With a variable layout, the first segment lists all signals and holds no samples.
        if header.n_signals != top.n_signals and not (is_variable and number > 0):
            raise RecordError(
                f"{_hea(segment_path)}: {_hea(path).name} needs {top.n_signals} signals in this segment, "
                f"{header.n_signals} given; correct the headers or fetch the record again"
            )
        if line.n_samples > 0:
            segments.append(_segment(segment_path, header, wanted, n_frames=line.n_samples))
    return tuple(segments)


def _check_segment(path: Path, header: Header, top_path: Path, top: Header, line: SegmentLine) -> None:
    needs = f"{_hea(path)}: {_hea(top_path).name} needs"
    if header.is_segmented:
        raise RecordError(f"{_hea(path)}: a segment must not have segments of its own; fetch the record again")
    if header.rate_hz != top.rate_hz:
        raise RecordError(f"{needs} {top.rate_hz:g} Hz in this segment, {header.rate_hz:g} given; correct the headers")
    if header.n_samples not in (None, line.n_samples):
        raise RecordError(
            f"{needs} {line.n_samples} samples of this segment, {header.n_samples} given; fetch the record again"
        )


def _segment(path: Path, header: Header, wanted: Sequence[str], n_frames: int | None = None) -> Segment:
    """The segment of a header. ``n_frames`` is its length in a record of several segments, which may have no ECG."""
    if header.n_signals == 0:
        raise RecordError(f"{_hea(path)}: states 0 signals; fetch the header again")
    leads, left_out = _leads(path, header, wanted)
    if not leads:
        return Segment(path=path, n_frames=n_frames or header.n_samples or 0, leads=(), left_out=left_out)
    files = list(dict.fromkeys(lead.file for lead in leads))
    stated = n_frames or header.n_samples
    if stated is None:
        stated = min(file.check_frames(None, _hea(path).name) for file in files)
    for file in files:
        file.check_frames(stated, _hea(path).name)
    return Segment(path=path, n_frames=stated, leads=leads, left_out=left_out)


def _leads(path: Path, header: Header, wanted: Sequence[str]) -> tuple[tuple[Lead, ...], tuple[JudgedSignal, ...]]:
    """The signals that may be ECG, and the others with the reason."""
    leads: list[Lead] = []
    left_out: list[JudgedSignal] = []
    files: dict[str, SignalFile] = {}
    names = lead_names([signal.name for signal in header.signals])
    sources = [
        SourceSignal(name, signal.unit, unit_key(signal.unit) in MV_PER_UNIT)
        for name, signal in zip(names, header.signals, strict=True)
    ]
    for source, signal in zip(sources, header.signals, strict=True):
        name, reason = source.name, why_no_lead(source, sources, wanted)
        if reason or signal.fmt == "0":
            left_out.append(JudgedSignal(name, reason or "without samples"))
            continue
        if signal.fmt not in KNOWN_FORMATS:
            known = ", ".join(sorted(KNOWN_FORMATS, key=int))
            raise RecordError(
                f"{_hea(path)}: signal format {signal.fmt} of {name} is unknown; known formats are {known}; "
                "convert the record or correct its header"
            )
        beside = [other for other in header.signals if other.file == signal.file and other.fmt == signal.fmt]
        leads.append(
            Lead(
                name=name,
                file=files.setdefault(signal.file, _signal_file(path.parent, beside)),
                place=next(place for place, other in enumerate(beside) if other is signal),
                skew=signal.skew,
                gain_per_mv=signal.gain / MV_PER_UNIT[unit_key(signal.unit)],
                baseline=signal.baseline,
            )
        )
    return tuple(leads), tuple(left_out)


def _signal_file(folder: Path, signals: list[SignalLine]) -> SignalFile:
    """The file that holds these signals, and no other."""
    first = signals[0]
    return SignalFile(
        path=_named_file(folder, first.file),
        fmt=first.fmt,
        offset=first.offset,
        block_bytes=first.block_bytes,
        samples_per_frame=tuple(signal.samples_per_frame for signal in signals),
        first=tuple(signal.first for signal in signals),
    )


def _named_file(folder: Path, name: str) -> Path:
    """The file of a name in a header. If its letters are Latin-1, the name on disk may be so, too."""
    path = folder / name
    if name.isascii() or path.exists():
        return path
    try:
        latin = folder / os.fsdecode(name.encode("latin-1"))
    except UnicodeEncodeError:
        return path
    return latin if latin.exists() else path


def _hea(path: Path) -> Path:
    return path.parent / f"{path.name}.hea"
