"""Reads the ECG signals of an EDF or EDF+ file (Kemp 2003, doi:10.1016/S1388-2457(03)00123-8) from its bytes."""

from typing import Final, NamedTuple

import numpy as np
from edfio import EdfSignal, read_edf

from processors.classify.uploaded_record import UploadedRecord, check_size, record_of
from wardbeat.contracts.codec import MAX_LEADS
from wardbeat.ecg.io.headers import MV_PER_UNIT
from wardbeat.ecg.selection.choice import JudgedSignal, SourceSignal, why_no_lead
from wardbeat.errors import UploadError

MAGIC: Final = b"0       "
HEADER_BYTES: Final = 256
"""Of the file, and of each signal."""
_SAMPLES_AT: Final = 216
"""Place of the number of samples a data record, in the part of one signal."""
READ_ERRORS: Final = (ValueError, KeyError, IndexError, TypeError, OverflowError, AttributeError, ZeroDivisionError)
"""What edfio raises on damaged files."""


class _Extent(NamedTuple):
    """What the header says about the length of the file."""

    records: int
    record_s: float
    samples: tuple[int, ...]
    """Samples a data record, for each signal."""


def read_edf_record(name: str, data: bytes) -> UploadedRecord:
    """The ECG leads of an EDF or EDF+ file.

    Raises
    ------
    UploadError
        If the file is damaged, truncated, has interruptions or no ECG.
    """
    extent = _extent(data)
    try:
        edf = read_edf(data, header_encoding="latin-1")
        judged = [(signal, _why_no_lead(signal)) for signal in edf.signals]
        continuous = bool(edf.is_continuous)
    except READ_ERRORS as error:
        raise UploadError(f"the EDF file is damaged ({_reason(error)}); send it again") from error
    if not continuous:
        raise UploadError("the EDF+ file has interruptions (EDF+D); send one continuous part of it")
    signals = [signal for signal, reason in judged if reason is None]
    left_out = [JudgedSignal(signal.label, reason) for signal, reason in judged if reason]
    if not signals:
        listed = ", ".join(map(str, left_out)) or "no signals"
        raise UploadError(f"the EDF file holds no ECG lead (it has {listed}); send another")
    per_record = max(signal.samples_per_data_record for signal in signals)
    check_size(min(len(signals), MAX_LEADS), per_record * extent.records, per_record / extent.record_s)
    uneven = [signal.label for signal in signals if per_record % signal.samples_per_data_record]
    if uneven:
        raise UploadError(f"signal {uneven[0]}: its rate does not divide that of the others; resample or leave it out")
    p_signal = np.empty((len(signals), per_record * extent.records))
    try:
        for row, signal in zip(p_signal, signals, strict=True):
            row[:] = np.repeat(signal.data * MV_PER_UNIT[_unit(signal)], per_record // signal.samples_per_data_record)
    except READ_ERRORS as error:
        raise UploadError(f"the EDF file is damaged ({_reason(error)}); send it again") from error
    return record_of(name, per_record / extent.record_s, [signal.label for signal in signals], p_signal, left_out)


def _extent(data: bytes) -> _Extent:
    """The length of the file by its header, checked against the bytes that there are.

    edfio would only warn of a file that ends too early.
    """
    try:
        header_bytes, records = int(data[184:192]), int(data[236:244])
        record_s, n_signals = float(data[244:252]), int(data[252:HEADER_BYTES])
        begin = HEADER_BYTES + _SAMPLES_AT * n_signals
        samples = tuple(int(data[at : at + 8]) for at in range(begin, begin + 8 * n_signals, 8))
    except ValueError as error:
        raise UploadError(f"the EDF header is damaged ({_reason(error)}); send the file again") from error
    if header_bytes != HEADER_BYTES * (1 + n_signals) or not samples or min(samples) < 1:
        raise UploadError(f"the EDF header is damaged ({n_signals} signals, {header_bytes} bytes); send the file again")
    if not 0 < record_s < float("inf"):
        raise UploadError(f"an EDF file of ECG has data records of some seconds, {record_s:g} s given; send another")
    held = (len(data) - header_bytes) // (2 * sum(samples))
    records = held if records == -1 else records
    if records < 1 or held != records or len(data) != header_bytes + 2 * sum(samples) * records:
        raise UploadError(
            f"the EDF file is truncated or damaged: it holds {held} of {records} data records; send it again"
        )
    return _Extent(records, record_s, samples)


def _why_no_lead(signal: EdfSignal) -> str | None:
    unit = signal.physical_dimension.strip()
    return why_no_lead(SourceSignal(signal.label, unit, _unit(signal) in MV_PER_UNIT))


def _unit(signal: EdfSignal) -> str:
    return signal.physical_dimension.strip().replace("µ", "u").replace("μ", "u").casefold()


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
