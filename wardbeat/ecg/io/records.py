"""WFDB records read in pieces, and any ECG source cut into the chunks that travel.

``replay`` and ``annotate`` both come through here, so that the ward sees what is scored. The rate of a record is
that of its ECG leads: where a frame holds several samples of a lead, all of them are used; a lead with fewer than the
others repeats them.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.codec import MAX_CHUNK_S
from wardbeat.contracts.messages import INVALID_SAMPLE, SCHEMA_VERSION, EcgChunk, Origin
from wardbeat.ecg.io.headers import HEADER_ERRORS, WIDE_FORMATS, Lead, Segment, read_layout, segment_names
from wardbeat.errors import RecordError

READ_S: Final = 60.0
"""How much of a record is in memory at a time."""
MAX_SAMPLE: Final = 32767
COARSEST_GAIN_PER_MV: Final = 200.0
"""5 µV a step, as in mitdb: samples of a wide format that would need coarser steps saturate instead."""
LISTED_NAME: Final = re.compile(r"^\s*([\w./-]{1,200})\s*$", re.MULTILINE)
"""A line of a RECORDS file."""


class EcgSource(Protocol):
    """Anything that ECG can be read from: a WFDB record, or synthetic ECG in memory."""

    @property
    def name(self) -> str: ...
    @property
    def fs(self) -> float: ...
    @property
    def sig_name(self) -> tuple[str, ...]: ...
    @property
    def gain(self) -> tuple[float, ...]: ...
    @property
    def baseline(self) -> tuple[int, ...]: ...
    @property
    def n_samples(self) -> int: ...

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start)."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """The ECG leads of one WFDB record.

    Attributes
    ----------
    name : str
    path : Path
        The header without ``.hea``.
    fs : float
        Sampling rate of the leads in Hz: frame rate × samples per frame.
    samples_per_frame : int
        Annotation files count frames; a sample of this record is ``frame * samples_per_frame``.
    sig_name, gain, baseline : tuple
        Lead names, ADC units per mV, ADC value of 0 mV.
    n_samples : int
        Samples per lead.
    """

    name: str
    path: Path
    fs: float
    samples_per_frame: int
    sig_name: tuple[str, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    n_samples: int
    segments: tuple[Segment, ...] = field(repr=False)

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.fs

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start); −32768 is invalid.

        Raises
        ------
        RecordError
            If the signal file can't be read there.
        """
        return quantise(read_mv(self, start, stop), self.gain, self.baseline)


def open_record(path: Path | str) -> Record:
    """The record at ``path``, with or without ``.hea``; its headers and files are checked, no samples kept.

    Raises
    ------
    RecordError
        If it can't be read as it is; the message names the file and the next step.
    """
    path = Path(path)
    path = path.with_suffix("") if path.suffix == ".hea" else path
    layout = read_layout(path)
    per_frame = max(lead.samples_per_frame for segment in layout.segments for lead in segment.leads)
    record = Record(
        name=path.name,
        path=path,
        fs=layout.frame_rate_hz * per_frame,
        samples_per_frame=per_frame,
        sig_name=layout.sig_name,
        gain=(1.0,) * len(layout.sig_name),
        baseline=(0,) * len(layout.sig_name),
        n_samples=per_frame * sum(segment.n_frames for segment in layout.segments),
        segments=layout.segments,
    )
    return _scaled(record)


def find_records(folder: Path | str, names: Sequence[str] = ()) -> list[Path]:
    """Paths (without ``.hea``) of the records in a folder, sorted; only those called ``names`` if any are given.

    The folder's RECORDS file says what its records are, as far as they are there; without one every header counts,
    but for the segments of multi-segment records.

    Raises
    ------
    RecordError
        If there is no such folder, no record in it, or none of a given name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordError(f"{folder}: no such folder; give a folder of WFDB records (.hea with their signal files)")
    found = _listed(folder) or _headers_in(folder)
    if not found:
        raise RecordError(
            f"{folder}: no WFDB records (.hea) in it; `wardbeat records download mitdb --to {folder}` fetches some"
        )
    if not names:
        return found
    return [_named(folder, found, name) for name in names]


def record_chunks(
    record: EcgSource,
    *,
    stream_id: str,
    session_id: str,
    origin: Origin,
    chunk_s: float = 0.5,
    start_sample: int = 0,
    start_ns: int = 0,
    first_sequence: int = 0,
) -> Iterator[EcgChunk]:
    """Cut a record into one session's chunks; the last one is final.

    Parameters
    ----------
    record : EcgSource
    stream_id, session_id, origin
        As in EcgChunk.
    chunk_s : float
        Length of a chunk, above 0 and at most 1 s.
    start_sample : int
        Where in the record the session begins; ``first_sample`` counts from there.
    start_ns : int
        When the first sample was acquired, Unix time in ns.
    first_sequence : int
        The chunk to begin with; what lies before it is not read.

    Raises
    ------
    RecordError
        If the start lies outside the record, the chunk length out of range, or samples can't be read.
    """
    if not 0 < chunk_s <= MAX_CHUNK_S:
        raise RecordError(f"chunk length: above 0 and at most {MAX_CHUNK_S:g} s, {chunk_s:g} given; 0.5 is usual")
    if not 0 <= start_sample < record.n_samples:
        raise RecordError(
            f"{record.name}: start must be 0 to {record.n_samples - 1} samples, {start_sample} given; start earlier"
        )
    n_chunk = samples_a_chunk(record.fs, chunk_s)
    chunks_a_piece = max(1, round(READ_S / chunk_s))
    # The first piece differs in length from stream to stream, so that a whole ward does not read at the same moment.
    n_piece = n_chunk * (1 + zlib.crc32(stream_id.encode()) % chunks_a_piece)
    piece_start = start_sample + first_sequence * n_chunk
    sequence = first_sequence
    while piece_start < record.n_samples:
        piece = record.read(piece_start, min(piece_start + n_piece, record.n_samples)).astype("<i2", copy=False)
        for start in range(0, piece.shape[1], n_chunk):
            samples = piece[:, start : start + n_chunk]
            first_sample = piece_start - start_sample + start
            yield EcgChunk(
                schema_version=SCHEMA_VERSION,
                stream_id=stream_id,
                session_id=session_id,
                origin=origin,
                sequence=sequence,
                first_sample=first_sample,
                acquired_ns=start_ns + round(first_sample / record.fs * 1e9),
                fs=record.fs,
                sig_name=record.sig_name,
                gain=record.gain,
                baseline=record.baseline,
                samples=samples.tobytes(),
                final=piece_start + start + samples.shape[1] >= record.n_samples,
            )
            sequence += 1
        piece_start += n_piece
        n_piece = n_chunk * chunks_a_piece


def samples_a_chunk(fs: float, chunk_s: float) -> int:
    """Samples per lead of a chunk, but for the last one of a record."""
    return max(1, round(chunk_s * fs))


def quantise(p_signal: NDArray[np.float64], gain: Sequence[float], baseline: Sequence[int]) -> NDArray[np.int16]:
    """Millivolts (leads × samples) in ADC units: out of range saturates, NaN becomes −32768."""
    adc = np.rint(p_signal * np.array(gain)[:, None] + np.array(baseline, dtype=np.float64)[:, None])
    valid = np.isfinite(adc)
    clipped = np.clip(np.where(valid, adc, 0), -MAX_SAMPLE, MAX_SAMPLE)
    return np.where(valid, clipped, INVALID_SAMPLE).astype(np.int16)


def read_mv(record: Record, start: int, stop: int) -> NDArray[np.float64]:
    """Samples ``start`` to ``stop`` of a record in mV, shape (leads, stop − start); NaN is invalid.

    Raises
    ------
    RecordError
        If the range lies outside the record or the signal file can't be read there.
    """
    if not 0 <= start <= stop <= record.n_samples:
        raise RecordError(
            f"{record.path}: samples must lie within 0 to {record.n_samples}, {start} to {stop} given; ask for fewer"
        )
    out = np.full((len(record.sig_name), stop - start), np.nan)
    segment_start = 0
    for segment in record.segments:
        segment_stop = segment_start + segment.n_frames * record.samples_per_frame
        begin, end = max(start, segment_start), min(stop, segment_stop)
        if begin < end and segment.leads:
            rows = [record.sig_name.index(lead.name) for lead in segment.leads if lead.name in record.sig_name]
            out[rows, begin - start : end - start] = _segment_mv(
                record, segment, begin - segment_start, end - segment_start
            )
        segment_start = segment_stop
    return out


def _segment_mv(record: Record, segment: Segment, start: int, stop: int) -> NDArray[np.float64]:
    import wfdb

    leads = [lead for lead in segment.leads if lead.name in record.sig_name]
    per_frame = record.samples_per_frame
    # Format 8 holds differences: it can only be read from its start.
    first = 0 if any(lead.fmt == "8" for lead in leads) else start // per_frame
    last = -(-stop // per_frame)
    try:
        read = wfdb.rdrecord(
            str(segment.path),
            sampfrom=first,
            sampto=last,
            channels=[lead.channel for lead in leads],
            smooth_frames=False,
        )
    except (*HEADER_ERRORS, RuntimeError) as error:
        raise RecordError(
            f"{segment.path}: samples {start} to {stop} can't be read ({' '.join(str(error).split())}); "
            "fetch its signal file again"
        ) from error
    rows = [
        np.repeat(signal * lead.mv_per_unit, per_frame // lead.samples_per_frame)
        for lead, signal in zip(leads, read.e_p_signal, strict=True)
    ]
    return np.stack(rows)[:, start - first * per_frame : stop - first * per_frame]


def _scaled(record: Record) -> Record:
    """The record with the gain and baseline that its samples travel with: the header's own where they can."""
    every = [lead for segment in record.segments for lead in segment.leads]
    uneven = sorted({lead.samples_per_frame for lead in every if record.samples_per_frame % lead.samples_per_frame})
    if uneven:
        raise RecordError(
            f"{record.path}.hea: samples per frame must divide {record.samples_per_frame}, {uneven[0]} given; "
            "resample the record or leave it out"
        )
    leads = [[lead for lead in every if lead.name == name] for name in record.sig_name]
    scales = [_header_scale(group) for group in leads]
    if None in scales:
        measured = _measured_scales(record, leads)
        scales = [own or fitting for own, fitting in zip(scales, measured, strict=True)]
    known = [scale for scale in scales if scale is not None]
    return replace(record, gain=tuple(gain for gain, _ in known), baseline=tuple(baseline for _, baseline in known))


def _header_scale(leads: list[Lead]) -> tuple[float, int] | None:
    """Gain and baseline of a lead if all segments agree and 16 bits hold its values; else None."""
    scales = {(lead.gain_per_mv, lead.baseline) for lead in leads}
    if len(scales) != 1 or any(lead.fmt in WIDE_FORMATS for lead in leads):
        return None
    gain, baseline = scales.pop()
    return (gain, baseline) if gain > 0 else (-gain, -baseline)


def _measured_scales(record: Record, leads: list[list[Lead]]) -> list[tuple[float, int]]:
    """Gain and baseline per lead that fit its whole range into 16 bits, found by reading the record once."""
    lows, highs, medians = [], [], []
    n_piece = max(1, round(READ_S * record.fs))
    for start in range(0, record.n_samples, n_piece):
        p_signal = read_mv(record, start, min(start + n_piece, record.n_samples))
        valid = np.isfinite(p_signal)
        lows.append(np.min(p_signal, axis=1, where=valid, initial=np.inf))
        highs.append(np.max(p_signal, axis=1, where=valid, initial=-np.inf))
        medians.append([np.median(row[ok]) if ok.any() else np.nan for row, ok in zip(p_signal, valid, strict=True)])
    low_mv, high_mv, medians_mv = np.min(lows, axis=0), np.max(highs, axis=0), np.array(medians)
    return [
        _fitting_scale(group, float(low_mv[index]), float(high_mv[index]), medians_mv[:, index])
        for index, group in enumerate(leads)
    ]


def _fitting_scale(
    leads: list[Lead], low_mv: float, high_mv: float, medians_mv: NDArray[np.float64]
) -> tuple[float, int]:
    finest = max(leads, key=lambda lead: abs(lead.gain_per_mv))
    gain = abs(finest.gain_per_mv)
    baseline = finest.baseline if finest.gain_per_mv > 0 else -finest.baseline
    if low_mv > high_mv:  # not one valid sample
        return gain, 0
    if low_mv * gain + baseline >= -MAX_SAMPLE and high_mv * gain + baseline <= MAX_SAMPLE:
        return gain, baseline
    centre_mv = (low_mv + high_mv) / 2
    if (high_mv - low_mv) * gain > 2 * MAX_SAMPLE - 1:
        fitting = (2 * MAX_SAMPLE - 1) / (high_mv - low_mv)
        gain = max(fitting, min(gain, COARSEST_GAIN_PER_MV))
        if gain > fitting:
            centre_mv = float(np.nanmedian(medians_mv))
    return gain, -round(centre_mv * gain)


def _listed(folder: Path) -> list[Path]:
    """What a RECORDS file lists and is there; an entry that ends with ``/`` is a folder with a list of its own."""
    listing = folder / "RECORDS"
    if not listing.is_file():
        return []
    found: list[Path] = []
    for entry in LISTED_NAME.findall(listing.read_text(errors="replace")):
        if not entry.endswith("/"):
            found += [folder / entry] if (folder / f"{entry}.hea").is_file() else []
        elif folder.resolve() in (folder / entry).resolve().parents:
            found += _listed(folder / entry)
    return found


def _headers_in(folder: Path) -> list[Path]:
    headers = sorted(header.with_suffix("") for header in folder.rglob("*.hea"))
    segments = {header.parent / name for header in headers for name in segment_names(header)}
    return [header for header in headers if header not in segments]


def _named(folder: Path, found: list[Path], name: str) -> Path:
    wanted = name.removesuffix(".hea")
    for path in found:
        if wanted in (path.name, path.relative_to(folder).as_posix()):
            return path
    if (folder / f"{wanted}.hea").is_file():
        return folder / wanted
    some = ", ".join(path.name for path in found[:5]) + (" …" if len(found) > 5 else "")
    raise RecordError(
        f"{folder}: no record {name!r} in it, there are {some}; `wardbeat records list {folder}` shows all"
    )
