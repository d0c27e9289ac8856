"""WFDB headers: the ECG leads of a record, the place of their samples, and whether the signal files are complete.

This module finds all faults of a record on disk before its first sample is read.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wardbeat.contracts.codec import FS_RANGE_HZ, MAX_LEADS
from wardbeat.errors import RecordError

BYTES_PER_SAMPLE: Final[dict[str, float]] = {
    "8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5, "310": 4 / 3, "311": 4 / 3,
}  # fmt: skip
"""Uncompressed signal formats (WFDB signal(5)); a sample of format 8 is the difference from the sample before it."""
FLAC_FORMATS: Final = frozenset({"508", "516", "524"})
WIDE_FORMATS: Final = frozenset({"8", "24", "32", "524"})
"""Formats whose values may not fit 16 bits."""
MV_PER_UNIT: Final[dict[str, float]] = {"mv": 1.0, "uv": 1e-3, "nv": 1e-6, "v": 1e3}
NOT_ECG: Final = re.compile(
    r"\b(?:eeg|eog|emg|abp|bp|art|cvp|pap|icp|pleth|ppg|spo2|sao2|resp|imp|co2|flow|scg|pcg|event|marker|trigger)",
    re.IGNORECASE,
)
"""Names of signals that are no ECG, although their unit may be volts."""
HEADER_ERRORS: Final = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError)
"""Exceptions that wfdb raises on damaged headers and signal files."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One ECG signal of a record segment: its place and the meaning of its samples."""

    name: str
    channel: int
    fmt: str
    samples_per_frame: int
    gain_per_mv: float
    baseline: int
    mv_per_unit: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a record in one set of signal files; ``leads`` is empty if the part has no ECG."""

    path: Path
    n_frames: int
    leads: tuple[Lead, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A record as its headers describe it: names of its ECG leads, and its segments in order."""

    frame_rate_hz: float
    sig_name: tuple[str, ...]
    segments: tuple[Segment, ...]


def read_layout(path: Path) -> Layout:
    """Read the layout of the record at ``path`` (without ``.hea``) and check its signal files.

    Raises
    ------
    RecordError
        If a header or signal file is missing, damaged, truncated, of an unknown format, or holds no ECG.
    """
    header = _read_header(path)
    fs = float(header.fs)
    segmented = getattr(header, "seg_name", None) is not None
    segments = _segments_of(path, header) if segmented else (_segment(path, header),)
    names = _lead_names(segments)
    if not names:
        raise RecordError(f"{_hea(path)}: holds no ECG lead in mV, µV or V ({_signals(header)}); choose another record")
    if sum(segment.n_frames for segment in segments) <= 0:
        raise RecordError(f"{_hea(path)}: the record has no samples (length 0); fetch it again or leave it out")
    rate = fs * max(lead.samples_per_frame for segment in segments for lead in segment.leads)
    if not FS_RANGE_HZ[0] <= rate <= FS_RANGE_HZ[1]:
        raise RecordError(
            f"{_hea(path)}: the sampling rate must be {FS_RANGE_HZ[0]:g} to {FS_RANGE_HZ[1]:g} Hz, {rate:g} given; "
            "resample the record or leave it out"
        )
    return Layout(frame_rate_hz=fs, sig_name=names, segments=segments)


def segment_names(path: Path) -> list[str]:
    """Names of the segments in a multi-segment header; none for other headers and for unreadable ones."""
    try:
        lines = [line for line in _text(path).splitlines() if line.strip() and not line.lstrip().startswith("#")]
    except OSError:
        return []
    if not lines or "/" not in lines[0].split()[0]:
        return []
    return [line.split()[0] for line in lines[1:]]


def _segments_of(path: Path, header: Any) -> tuple[Segment, ...]:
    segments = []
    for name, length in zip(header.seg_name, header.seg_len, strict=True):
        segment_path = path.parent / name
        if length == 0:  # the layout segment of a variable-layout record, which holds no samples
            continue
        if name == "~":
            segments.append(Segment(path=path, n_frames=length, leads=()))
            continue
        segment = _segment(segment_path, _read_header(segment_path), needs_ecg=False)
        if segment.n_frames < length:
            raise RecordError(
                f"{_hea(segment_path)}: {_hea(path).name} needs {length} samples of this segment, "
                f"{segment.n_frames} given; fetch the record again"
            )
        segments.append(Segment(path=segment.path, n_frames=length, leads=segment.leads))
    return tuple(segments)


def _segment(path: Path, header: Any, needs_ecg: bool = True) -> Segment:
    if getattr(header, "seg_name", None) is not None:
        raise RecordError(f"{_hea(path)}: a segment must not have segments of its own; fetch the record again")
    listed = len(header.file_name or ())
    if listed != header.n_sig or header.n_sig == 0:
        raise RecordError(f"{_hea(path)}: states {header.n_sig} signals and lists {listed}; fetch the header again")
    leads = _leads(path, header)
    if not leads:
        if needs_ecg:
            raise RecordError(
                f"{_hea(path)}: holds no ECG lead in mV, µV or V ({_signals(header)}); choose another record"
            )
        return Segment(path=path, n_frames=header.sig_len or 0, leads=())
    n_frames = header.sig_len
    for file_name in dict.fromkeys(header.file_name[lead.channel] for lead in leads):
        held = _frames_in_file(path, header, file_name)
        n_frames = held if n_frames is None else n_frames
        if held < n_frames:
            raise RecordError(
                f"{path.parent / file_name}: truncated, holds {held} of {n_frames} samples a signal; "
                "fetch the file again"
            )
    return Segment(path=path, n_frames=n_frames, leads=leads)


def _leads(path: Path, header: Any) -> tuple[Lead, ...]:
    micro = _micro_volt_lines(path)
    leads = []
    for channel in range(header.n_sig):
        name = " ".join((header.sig_name[channel] or f"lead{channel + 1}").split())
        unit = "uv" if channel in micro else str(header.units[channel]).casefold()
        fmt = header.fmt[channel]
        if unit not in MV_PER_UNIT or NOT_ECG.search(name) or fmt == "0":
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
    return _with_unique_names(leads[:MAX_LEADS])


def _with_unique_names(leads: list[Lead]) -> tuple[Lead, ...]:
    seen: dict[str, int] = {}
    unique = []
    for lead in leads:
        seen[lead.name] = seen.get(lead.name, 0) + 1
        name = lead.name if seen[lead.name] == 1 else f"{lead.name}-{seen[lead.name]}"
        unique.append(Lead(name, *(getattr(lead, field) for field in Lead.__slots__[1:])))
    return tuple(unique)


def _lead_names(segments: tuple[Segment, ...]) -> tuple[str, ...]:
    names = dict.fromkeys(lead.name for segment in segments for lead in segment.leads)
    return tuple(names)[:MAX_LEADS]


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


def _signals(header: Any) -> str:
    names = getattr(header, "sig_name", None) or ()
    units = getattr(header, "units", None) or ()
    return ", ".join(f"{name} in {unit}" for name, unit in zip(names, units, strict=False)) or "no signals listed"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
