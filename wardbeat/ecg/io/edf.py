"""The ECG leads of EDF and EDF+ files (Kemp 2003, doi:10.1016/S1388-2457(03)00123-8).

The rate is that of the fastest lead; a slower lead repeats its samples. The library edfio reads the signals. It only
warns of a file that ends too early, so the length is checked here before.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
from edfio import Edf, EdfSignal, read_edf
from numpy.typing import NDArray

from wardbeat.contracts.codec import MAX_BASELINE
from wardbeat.contracts.rules import FS_RANGE_HZ
from wardbeat.ecg.io.headers import MV_PER_UNIT, unit_key
from wardbeat.ecg.io.lead_names import lead_names
from wardbeat.ecg.selection.choice import JudgedSignal, LeadChoice, SourceSignal, choose_leads_of, why_no_lead
from wardbeat.ecg.selection.shape import has_ecg_shape
from wardbeat.errors import RecordError

MAGIC: Final = b"0       "
"""Of EDF and EDF+; other forms such as BDF begin otherwise."""
HEADER_BYTES: Final = 256
"""Of the file, and of each signal."""
READ_ERRORS: Final = (ValueError, KeyError, IndexError, TypeError, OverflowError, AttributeError, ZeroDivisionError)
"""What edfio raises on damaged files."""
_SAMPLES_AT: Final = 216
"""Place of the number of samples a data record, in the part of one signal."""


class EdfLead(NamedTuple):
    """One ECG signal of an EDF file."""

    signal: EdfSignal
    per_record: int
    gain_per_mv: float
    baseline: float
    """Digital value of 0 mV; it need not be whole."""


class _Extent(NamedTuple):
    """What the header says about the length of the file."""

    records: int
    record_s: float
    samples: tuple[int, ...]
    """Samples a data record, for each signal."""


@dataclass(frozen=True, slots=True)
class EdfSignals:
    """The ECG leads of an EDF or EDF+ file.

    Attributes
    ----------
    file : str
        For messages.
    fs : float
    choice : LeadChoice
    n_samples : int
    leads : tuple of EdfLead
    """

    file: str
    fs: float
    choice: LeadChoice
    n_samples: int
    leads: tuple[EdfLead, ...]

    @classmethod
    def open(cls, source: Path | bytes, name: str = "the EDF file", wanted: Sequence[str] = ()) -> Self:
        """Read the header of an EDF file, check its length, and choose its leads.

        Parameters
        ----------
        source : Path or bytes
            The file, or its content.
        name : str
            How messages call the content.
        wanted : sequence of str
            The leads that a person has chosen; none for the automatic choice.

        Raises
        ------
        RecordError
            If the file is damaged, truncated, has interruptions, or has no such leads.
        """
        file = str(source) if isinstance(source, Path) else name
        extent = _extent(source, file)
        edf = _read(source, file)
        candidates, left_out = _judged(edf, wanted)

        def looks_like_ecg(label: str) -> bool:
            one = cls._of(file, extent, candidates, LeadChoice((JudgedSignal(label, ""),), ()))
            return has_ecg_shape(lambda start, stop: one.read_mv(start, stop)[0], one.n_samples, one.fs)

        choice = choose_leads_of(file, list(candidates), left_out, wanted, looks_like_ecg)
        signals = cls._of(file, extent, candidates, choice)
        if not FS_RANGE_HZ.holds(signals.fs):
            raise RecordError(
                f"{file}: the sampling rate must be {FS_RANGE_HZ.low:g} to {FS_RANGE_HZ.high:g} Hz, {signals.fs:g} "
                "given; resample the record or leave it out"
            )
        return signals

    @classmethod
    def _of(cls, file: str, extent: _Extent, candidates: dict[str, EdfSignal], choice: LeadChoice) -> Self:
        leads = tuple(_lead(candidates[name], file) for name in choice.names)
        most = max(lead.per_record for lead in leads)
        uneven = sorted(lead.per_record for lead in leads if most % lead.per_record)
        if uneven:
            raise RecordError(
                f"{file}: samples per data record must divide {most}, {uneven[0]} given; "
                "resample the record or leave it out"
            )
        return cls(file, most / extent.record_s, choice, most * extent.records, leads)

    @property
    def sig_name(self) -> tuple[str, ...]:
        return self.choice.names

    @property
    def samples_per_frame(self) -> int:
        """Annotations of an EDF file count its samples."""
        return 1

    def read_mv(self, start: int, stop: int) -> NDArray[np.float64]:
        """Samples in mV, shape (leads, stop − start)."""
        rows = [self._row(lead, start, stop) for lead in self.leads]
        return np.stack(rows)

    def scale(self) -> list[tuple[float, int]]:
        """Gain per mV and baseline of each lead's chunks. Rounding the baseline moves a lead by half a step at most."""
        return [
            (abs(lead.gain_per_mv), round(math.copysign(1, lead.gain_per_mv) * lead.baseline)) for lead in self.leads
        ]

    def _row(self, lead: EdfLead, start: int, stop: int) -> NDArray[np.float64]:
        repeats = max(other.per_record for other in self.leads) // lead.per_record
        first, last = start // repeats, -(-stop // repeats)
        rate_hz = lead.signal.sampling_frequency
        try:
            digital = lead.signal.get_digital_slice(first / rate_hz, last / rate_hz) if last > first else np.empty(0)
        except READ_ERRORS as error:
            raise RecordError(
                f"{self.file}: samples {start} to {stop} can't be read ({_reason(error)}); fetch the file again"
            ) from error
        p_signal = np.repeat((digital - lead.baseline) / lead.gain_per_mv, repeats)
        return p_signal[start - first * repeats : stop - first * repeats]


def _read(source: Path | bytes, file: str) -> Edf:
    try:
        with warnings.catch_warnings(action="ignore"):  # of lengths, which are checked already
            edf = read_edf(source, header_encoding="latin-1")
        continuous = bool(edf.is_continuous)
    except READ_ERRORS as error:
        raise RecordError(f"{file}: damaged ({_reason(error)}); fetch the file again") from error
    except OSError as error:
        raise RecordError(f"{file}: can't be read ({error.strerror}); check its permissions") from error
    if not continuous:
        raise RecordError(f"{file}: has interruptions (EDF+D), which are not read; export it as continuous parts")
    return edf


def _extent(source: Path | bytes, file: str) -> _Extent:
    """The length of the file by its header, checked against the bytes that there are."""
    head, size = _head(source, file)
    if not head.startswith(MAGIC):
        raise RecordError(f"{file}: no EDF file, it begins with {head[:8]!r}; export it as EDF or EDF+")
    try:
        header_bytes, records = int(head[184:192]), int(head[236:244])
        record_s, n_signals = float(head[244:252]), int(head[252:HEADER_BYTES])
        begin = HEADER_BYTES + _SAMPLES_AT * n_signals
        samples = tuple(int(head[at : at + 8]) for at in range(begin, begin + 8 * n_signals, 8))
    except ValueError as error:
        raise RecordError(f"{file}: the EDF header is damaged ({_reason(error)}); fetch the file again") from error
    if header_bytes != HEADER_BYTES * (1 + n_signals) or not samples or min(samples) < 1:
        raise RecordError(
            f"{file}: the EDF header is damaged ({n_signals} signals, {header_bytes} bytes); fetch the file again"
        )
    if not 0 < record_s < math.inf:
        raise RecordError(
            f"{file}: the data records of a file with ECG last some seconds, {record_s:g} s given; choose another file"
        )
    held = (size - header_bytes) // (2 * sum(samples))
    records = held if records == -1 else records  # -1 stands there while a recorder still writes
    if records < 1 or size != header_bytes + 2 * sum(samples) * records:
        raise RecordError(f"{file}: truncated or damaged, holds {held} of {records} data records; fetch the file again")
    return _Extent(records, record_s, samples)


def _head(source: Path | bytes, file: str) -> tuple[bytes, int]:
    """The headers of the file and its signals, and the size of the file."""
    if isinstance(source, bytes):
        return source, len(source)
    try:
        with source.open("rb") as opened:
            head = opened.read(HEADER_BYTES)
            signals = head[252:HEADER_BYTES].strip()
            head += opened.read(HEADER_BYTES * int(signals) if signals.isdigit() else 0)
        return head, source.stat().st_size
    except OSError as error:
        raise RecordError(f"{file}: can't be read ({error.strerror}); check its permissions") from error


def _lead(signal: EdfSignal, file: str) -> EdfLead:
    try:
        low_mv, high_mv = (value * MV_PER_UNIT[unit_key(signal.physical_dimension)] for value in signal.physical_range)
        low, high = signal.digital_range
        gain = (high - low) / (high_mv - low_mv)
        baseline = low - low_mv * gain
    except READ_ERRORS as error:
        raise RecordError(
            f"{file}: the range of {signal.label} is damaged ({_reason(error)}); fetch the file again"
        ) from error
    if not (math.isfinite(gain) and gain != 0 and abs(baseline) <= MAX_BASELINE):
        raise RecordError(
            f"{file}: the range of {signal.label} must give a finite scale, {low} to {high} for {low_mv:g} to "
            f"{high_mv:g} mV given; correct the file"
        )
    return EdfLead(signal, signal.samples_per_data_record, gain, baseline)


def _judged(edf: Edf, wanted: Sequence[str]) -> tuple[dict[str, EdfSignal], list[JudgedSignal]]:
    """By name the signals that may be ECG, and the others with the reason."""
    candidates: dict[str, EdfSignal] = {}
    left_out: list[JudgedSignal] = []
    names = lead_names([signal.label for signal in edf.signals])
    sources = [
        SourceSignal(name, signal.physical_dimension.strip(), unit_key(signal.physical_dimension) in MV_PER_UNIT)
        for name, signal in zip(names, edf.signals, strict=True)
    ]
    for source, signal in zip(sources, edf.signals, strict=True):
        reason = why_no_lead(source, sources, wanted)
        if reason is None:
            candidates[source.name] = signal
        else:
            left_out.append(JudgedSignal(source.name, reason))
    return candidates, left_out


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
