"""Finds, opens and reads WFDB records.

The rate of a record is that of its ECG leads: if a frame holds several samples of a lead, all of them count; a lead
with fewer samples per frame than the others repeats them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.codec import FS_RANGE_HZ
from wardbeat.ecg.chunking import MAX_SAMPLE, READ_S, quantise
from wardbeat.ecg.io.headers import HEADER_ERRORS, WIDE_FORMATS, Layout, Lead, Segment, read_layout, segment_names
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, choose_leads_of
from wardbeat.ecg.selection.shape import STRETCH_S, has_ecg_shape, stretch_starts
from wardbeat.errors import RecordError

COARSEST_GAIN_PER_MV: Final = 200.0
"""5 µV a step, as in mitdb: samples of a wide format that need coarser steps saturate instead."""
LISTED_NAME: Final = re.compile(r"^\s*([\w./-]{1,200})\s*$", re.MULTILINE)
"""A line of a RECORDS file."""


@dataclass(frozen=True, slots=True)
class Record:
    """The ECG leads of one WFDB record.

    Attributes
    ----------
    name : str
    path : Path
        Path of the header without ``.hea``.
    fs : float
        Sampling rate of the leads in Hz: frame rate × samples per frame.
    samples_per_frame : int
        Annotation files count frames; a sample of this record is ``frame * samples_per_frame``.
    sig_name, gain, baseline : tuple
        Lead names, ADC units per mV, ADC value of 0 mV.
    n_samples : int
        Samples per lead.
    choice : LeadChoice
        Why these signals are the leads, and why the others are left out.
    """

    name: str
    path: Path
    fs: float
    samples_per_frame: int
    sig_name: tuple[str, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    n_samples: int
    choice: LeadChoice
    segments: tuple[Segment, ...] = field(repr=False)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The signals that are left out, each with the reason."""
        return tuple(map(str, self.choice.left_out))

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


def open_record(path: Path | str, leads: Sequence[str] = ()) -> Record:
    """Open the record at ``path``, with or without ``.hea``, and check its headers and files.

    It reads no samples, but for some stretches of a signal whose name does not say what it is.

    Parameters
    ----------
    path : Path or str
    leads : sequence of str
        The signals to use as leads, in this order; none for those that :mod:`wardbeat.ecg.selection.choice` chooses.

    Raises
    ------
    RecordError
        If the record can't be read, has no ECG or none of these leads; the message names the file and the next step.
    """
    path = Path(path)
    path = path.with_suffix("") if path.suffix == ".hea" else path
    layout = read_layout(path, leads)
    choice = choose_leads_of(
        f"{path}.hea", layout.sig_name, layout.left_out, leads, lambda name: _has_ecg_shape(path, layout, name)
    )
    record = _record(path, layout.with_leads(choice.names), choice)
    if not FS_RANGE_HZ[0] <= record.fs <= FS_RANGE_HZ[1]:
        raise RecordError(
            f"{path}.hea: the sampling rate must be {FS_RANGE_HZ[0]:g} to {FS_RANGE_HZ[1]:g} Hz, {record.fs:g} given; "
            "resample the record or leave it out"
        )
    return _scaled(record)


def open_noise(path: Path | str) -> Record:
    """Open a record of noise: all its signals, except those that are another kind by name.

    Raises
    ------
    RecordError
        If the record can't be read.
    """
    return open_record(path, read_layout(Path(path)).sig_name)


def find_records(folder: Path | str, names: Sequence[str] = ()) -> list[Path]:
    """Paths (without ``.hea``) of the records in a folder.

    If the folder has a RECORDS file, it lists the records and their order; records without a header are left out.
    Otherwise every header counts, sorted by path, without the segments of multi-segment records.

    Parameters
    ----------
    folder : Path or str
    names : sequence of str
        Only records of these names, in this order; all records if there are none.

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


def read_mv(record: Record, start: int, stop: int) -> NDArray[np.float64]:
    """Samples ``start`` to ``stop`` of a record in mV, shape (leads, stop − start); NaN is invalid.

    Raises
    ------
    RecordError
        If the range is outside the record, or the signal file can't be read there.
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
            rows = [record.sig_name.index(lead.name) for lead in segment.leads]
            out[rows, begin - start : end - start] = _segment_mv(
                record, segment, begin - segment_start, end - segment_start
            )
        segment_start = segment_stop
    return out


def _record(path: Path, layout: Layout, choice: LeadChoice) -> Record:
    """The record with the leads of its layout; its gains are not known yet."""
    per_frame = max(lead.samples_per_frame for segment in layout.segments for lead in segment.leads)
    n_leads = len(choice.leads)
    return Record(
        name=path.name,
        path=path,
        fs=layout.frame_rate_hz * per_frame,
        samples_per_frame=per_frame,
        sig_name=choice.names,
        gain=(1.0,) * n_leads,
        baseline=(0,) * n_leads,
        n_samples=per_frame * sum(segment.n_frames for segment in layout.segments),
        choice=choice,
        segments=layout.segments,
    )


def _has_ecg_shape(path: Path, layout: Layout, name: str) -> bool:
    record = _record(path, layout.with_leads((name,)), LeadChoice((JudgedSignal(name, ""),), ()))
    if record.fs < FS_RANGE_HZ[0]:
        return False
    n_read = int(STRETCH_S * record.fs)
    starts = stretch_starts(record.n_samples, record.fs)
    return has_ecg_shape(
        (read_mv(record, start, min(start + n_read, record.n_samples))[0] for start in starts), record.fs
    )


def _segment_mv(record: Record, segment: Segment, start: int, stop: int) -> NDArray[np.float64]:
    import wfdb

    leads = segment.leads
    per_frame = record.samples_per_frame
    # Format 8 holds differences, so wfdb can read it only from its start.
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
    """The record with the gain and baseline of its chunks: those of the header if 16 bits hold all values."""
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
    """Gain and baseline of a lead if all its segments have the same and 16 bits hold its values; otherwise None."""
    scales = {(lead.gain_per_mv, lead.baseline) for lead in leads}
    if len(scales) != 1 or any(lead.fmt in WIDE_FORMATS for lead in leads):
        return None
    gain, baseline = scales.pop()
    return (gain, baseline) if gain > 0 else (-gain, -baseline)


def _measured_scales(record: Record, leads: list[list[Lead]]) -> list[tuple[float, int]]:
    """Gain and baseline per lead that fit its whole range into 16 bits; reads the record once."""
    lows, highs, medians = [], [], []
    n_read = max(1, round(READ_S * record.fs))
    for start in range(0, record.n_samples, n_read):
        p_signal = read_mv(record, start, min(start + n_read, record.n_samples))
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
    if low_mv > high_mv:  # the lead has no valid sample
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
    """Records in a RECORDS file that have a header; an entry with ``/`` at its end is a folder with its own list."""
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
        f"{folder}: no record {name!r} in it, the folder has {some}; `wardbeat records list {folder}` lists all"
    )
