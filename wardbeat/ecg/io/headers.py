"""WFDB headers: signals that may be ECG, the place of their samples, and whether the signal files are complete.

This module finds all faults of a record on disk before its first sample is read.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from wardbeat.ecg.selection.choice import JudgedSignal, SourceSignal, why_no_lead
from wardbeat.errors import RecordError

BYTES_PER_SAMPLE: Final[dict[str, float]] = {
    "8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5, "310": 4 / 3, "311": 4 / 3,
}  # fmt: skip
"""Uncompressed signal formats (WFDB signal(5)); a sample of format 8 is the difference from the sample before it."""
FLAC_FORMATS: Final = frozenset({"508", "516", "524"})
WIDE_FORMATS: Final = frozenset({"8", "24", "32", "524"})
"""Formats whose values may not fit 16 bits."""
MV_PER_UNIT: Final[dict[str, float]] = {"mv": 1.0, "uv": 1e-3, "nv": 1e-6, "v": 1e3}
HEADER_ERRORS: Final = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError)
"""Exceptions that wfdb raises on damaged headers and signal files."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A signal of a segment that may be ECG: its place and the meaning of its samples."""

    name: str
    channel: int
    fmt: str
    samples_per_frame: int
    gain_per_mv: float
    baseline: int
    mv_per_unit: float


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
        If a header or a signal file is missing, damaged, truncated or of an unknown format.
    """
    header = _read_header(path)
    segmented = getattr(header, "seg_name", None) is not None
    segments = _segments_of(path, header, wanted) if segmented else (_segment(path, header, wanted),)
    if any(segment.leads for segment in segments) and sum(segment.n_frames for segment in segments) <= 0:
        raise RecordError(f"{_hea(path)}: the record has no samples (length 0); fetch it again or leave it out")
    return Layout(frame_rate_hz=float(header.fs), segments=segments)


def segment_names(path: Path) -> list[str]:
    """Names of the segments in a multi-segment header; none for other headers and for unreadable ones."""
    try:
        lines = [line for line in _text(path).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    except OSError:
        return []
    if not lines or "/" not in lines[0].split()[0]:
        return []
    return [line.split()[0] for line in lines[1:]]


def _segments_of(path: Path, header: Any, wanted: Sequence[str]) -> tuple[Segment, ...]:
    segments = []
    for name, length in zip(header.seg_name, header.seg_len, strict=True):
        segment_path = path.parent / name
        if length == 0:  # the layout segment of a variable-layout record, which holds no samples
            continue
        if name == "~":
            segments.append(Segment(path=path, n_frames=length, leads=()))
            continue
        segment = _segment(segment_path, _read_header(segment_path), wanted)
        if segment.n_frames < length:
            raise RecordError(
                f"{_hea(segment_path)}: {_hea(path).name} needs {length} samples of this segment, "
                f"{segment.n_frames} given; fetch the record again"
            )
        segments.append(replace(segment, n_frames=length))
    return tuple(segments)


def _segment(path: Path, header: Any, wanted: Sequence[str]) -> Segment:
    if getattr(header, "seg_name", None) is not None:
        raise RecordError(f"{_hea(path)}: a segment must not have segments of its own; fetch the record again")
    listed = len(header.file_name or ())
    if listed != header.n_sig or header.n_sig == 0:
        raise RecordError(f"{_hea(path)}: states {header.n_sig} signals and lists {listed}; fetch the header again")
    leads, left_out = _leads(path, header, wanted)
    if not leads:
        return Segment(path=path, n_frames=header.sig_len or 0, leads=(), left_out=left_out)
    n_frames = header.sig_len
    for file_name in dict.fromkeys(header.file_name[lead.channel] for lead in leads):
        held = _frames_in_file(path, header, file_name)
        n_frames = held if n_frames is None else n_frames
        if held < n_frames:
            raise RecordError(
                f"{path.parent / file_name}: truncated, holds {held} of {n_frames} samples a signal; "
                "fetch the file again"
            )
    return Segment(path=path, n_frames=n_frames, leads=leads, left_out=left_out)


def _leads(path: Path, header: Any, wanted: Sequence[str]) -> tuple[tuple[Lead, ...], tuple[JudgedSignal, ...]]:
    """The signals that may be ECG, and the others with the reason."""
    micro = _micro_volt_lines(path)
    leads, left_out = [], []
    for channel, name in enumerate(_unique_names(header)):
        unit = "uv" if channel in micro else str(header.units[channel]).casefold()
        fmt = header.fmt[channel]
        reason = why_no_lead(SourceSignal(name, str(header.units[channel]), unit in MV_PER_UNIT), wanted)
        if reason or fmt == "0":
            left_out.append(JudgedSignal(name, reason or "without samples"))
            continue
        if fmt not in BYTES_PER_SAMPLE and fmt not in FLAC_FORMATS:
            known = ", ".join(sorted([*BYTES_PER_SAMPLE, *FLAC_FORMATS], key=int))
            raise RecordError(
                f"{_hea(path)}: signal format {fmt} of {name} is unknown; known formats are {known}; "
                "convert the record or correct its header"
            )
        gain = float(header.adc_gain[channel]) / MV_PER_UNIT[unit]
        if not math.isfinite(gain) or gain == 0:
            raise RecordError(
                f"{_hea(path)}: the gain of {name} must be a finite number, {gain} given; correct the header"
            )
        leads.append(
            Lead(
                name=name,
                channel=channel,
                fmt=fmt,
                samples_per_frame=header.samps_per_frame[channel] or 1,
                gain_per_mv=gain,
                baseline=int(header.baseline[channel] or 0),
                mv_per_unit=MV_PER_UNIT[unit],
            )
        )
    return tuple(leads), tuple(left_out)


def _unique_names(header: Any) -> list[str]:
    """The name of each signal; the second of one name gets ``-2``, and so on."""
    seen: dict[str, int] = {}
    unique = []
    for channel in range(header.n_sig):
        name = " ".join((header.sig_name[channel] or f"lead{channel + 1}").split())
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique


def _frames_in_file(path: Path, header: Any, file_name: str) -> int:
    """Frames in a signal file; of a compressed file the last sample is decoded."""
    channels = [channel for channel in range(header.n_sig) if header.file_name[channel] == file_name]
    per_frame = sum(header.samps_per_frame[channel] or 1 for channel in channels)
    fmt = header.fmt[channels[0]]
    offset = header.byte_offset[channels[0]] or 0
    file = path.parent / file_name
    if not file.is_file():
        raise RecordError(
            f"{file}: no such signal file, though {_hea(path).name} names it; fetch it or leave the record out"
        )
    if fmt in FLAC_FORMATS:
        return _flac_frames(file, header.sig_len) // (header.samps_per_frame[channels[0]] or 1) - offset
    samples = int((file.stat().st_size - offset) / BYTES_PER_SAMPLE[fmt] + 1e-6)
    return max(0, samples) // per_frame


def _flac_frames(file: Path, wanted: int | None) -> int:
    """Samples per channel in a FLAC file.

    If the end of the file is missing, its header states the full number all the same. So the last sample is decoded.
    """
    import soundfile

    try:
        with soundfile.SoundFile(file) as flac:
            stated: int = flac.frames
            if stated and (wanted is None or stated >= wanted):
                flac.seek(stated - 1)
                if len(flac.read(1, dtype="int32")) != 1:
                    raise RecordError(
                        f"{file}: truncated, its last sample of {stated} is missing; fetch the file again"
                    )
            return stated
    except (RuntimeError, OSError) as error:  # soundfile.LibsndfileError is a RuntimeError
        raise RecordError(f"{file}: damaged or no FLAC file ({_one_line(error)}); fetch the file again") from error


def _read_header(path: Path) -> Any:
    import wfdb

    if not _hea(path).is_file():
        raise RecordError(
            f"{_hea(path)}: no such header; `wardbeat records list {path.parent}` lists the records there"
        )
    try:
        header = wfdb.rdheader(str(path))
    except HEADER_ERRORS as error:
        raise RecordError(f"{_hea(path)}: no valid WFDB header ({_one_line(error)}); fetch the file again") from error
    return header


def _micro_volt_lines(path: Path) -> set[int]:
    """Channels whose unit has a Greek mu or micro sign: wfdb drops the sign, so µV would become V."""
    text = _text(path)
    if text.isascii():
        return set()
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {channel for channel, line in enumerate(lines[1:]) if re.search("/[\u00b5\u03bc]V", line, re.IGNORECASE)}


def _text(path: Path) -> str:
    data = _hea(path).read_bytes()
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _hea(path: Path) -> Path:
    return path.parent / f"{path.name}.hea"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
