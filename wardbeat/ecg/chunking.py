"""Cuts any ECG source into chunks.

``replay`` and ``annotate`` both use it, so the scored chunks are the chunks that a ward receives.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.codec import MAX_CHUNK_S, MAX_LEFT_OUT, MAX_LEFT_OUT_TEXT
from wardbeat.contracts.messages import INVALID_SAMPLE, SCHEMA_VERSION, EcgChunk, Origin
from wardbeat.errors import RecordError

READ_S: Final = 60.0
"""Seconds of a record that are in memory at a time."""
MAX_SAMPLE: Final = 32767
"""Largest ADC value of a valid sample; −32768 is invalid."""
FINEST_GAIN_PER_MV: Final = 1000.0
"""1 µV a step, for signals that state no step of their own; ±32 mV fit into 16 bits."""


class EcgSource(Protocol):
    """A source of ECG: a WFDB record, or synthetic ECG in memory."""

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
    @property
    def left_out(self) -> tuple[str, ...]:
        """The other signals of the source, each with the reason why it is no lead."""
        ...

    def read(self, start: int, stop: int) -> NDArray[np.int16]:
        """Samples ``start`` to ``stop`` in ADC units, shape (leads, stop − start)."""
        ...


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
        Sample of the record at which the session begins; ``first_sample`` counts from it.
    start_ns : int
        Acquisition time of the session's first sample, Unix time in ns.
    first_sequence : int
        Sequence number of the first chunk; the samples before it are not read.

    Raises
    ------
    RecordError
        If the start is outside the record, the chunk length is out of range, or samples can't be read.
    """
    if not 0 < chunk_s <= MAX_CHUNK_S:
        raise RecordError(f"chunk length: above 0 and at most {MAX_CHUNK_S:g} s, {chunk_s:g} given; 0.5 is the default")
    if not 0 <= start_sample < record.n_samples:
        raise RecordError(
            f"{record.name}: start must be 0 to {record.n_samples - 1} samples, {start_sample} given; start earlier"
        )
    n_chunk = samples_a_chunk(record.fs, chunk_s)
    chunks_a_read = max(1, round(READ_S / chunk_s))
    # The first read differs in length from stream to stream, so that not all streams read at the same moment.
    n_read = n_chunk * (1 + zlib.crc32(stream_id.encode()) % chunks_a_read)
    read_start = start_sample + first_sequence * n_chunk
    left_out = shortened(record.left_out)
    sequence = first_sequence
    while read_start < record.n_samples:
        block = record.read(read_start, min(read_start + n_read, record.n_samples)).astype("<i2", copy=False)
        for start in range(0, block.shape[1], n_chunk):
            samples = block[:, start : start + n_chunk]
            first_sample = read_start - start_sample + start
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
                final=read_start + start + samples.shape[1] >= record.n_samples,
                left_out=left_out,
            )
            sequence += 1
        read_start += n_read
        n_read = n_chunk * chunks_a_read


def samples_a_chunk(fs: float, chunk_s: float) -> int:
    """Samples per lead of a chunk; the last chunk of a record may have fewer."""
    return max(1, round(chunk_s * fs))


def shortened(left_out: Sequence[str]) -> tuple[str, ...]:
    """Signals that are left out as a chunk can carry them; the last text counts those that have no room."""
    room = left_out if len(left_out) <= MAX_LEFT_OUT else left_out[: MAX_LEFT_OUT - 1]
    more = len(left_out) - len(room)
    return (*(text[:MAX_LEFT_OUT_TEXT] for text in room), *([f"and {more} more"] if more else []))


def quantise(p_signal: NDArray[np.float64], gain: Sequence[float], baseline: Sequence[int]) -> NDArray[np.int16]:
    """Millivolts in ADC units.

    Parameters
    ----------
    p_signal : ndarray, shape (leads, samples)
        Millivolts; NaN is invalid.
    gain : sequence of float
        ADC units per mV, for each lead.
    baseline : sequence of int
        ADC value of 0 mV, for each lead.

    Returns
    -------
    ndarray, shape (leads, samples)
        −32767…32767, where values out of range saturate; −32768 is invalid.
    """
    adc = np.rint(p_signal * np.array(gain)[:, None] + np.array(baseline, dtype=np.float64)[:, None])
    valid = np.isfinite(adc)
    clipped = np.clip(np.where(valid, adc, 0), -MAX_SAMPLE, MAX_SAMPLE)
    return np.where(valid, clipped, INVALID_SAMPLE).astype(np.int16)


def fitting_scale(p_signal: NDArray[np.float64]) -> tuple[float, int]:
    """Gain per mV and baseline with which 16 bits hold all values of a lead, in steps of 1 µV if they can.

    Parameters
    ----------
    p_signal : ndarray, shape (samples,)
        Millivolts; values that are not finite do not count.
    """
    valid = p_signal[np.isfinite(p_signal)]
    low, high = (float(valid.min()), float(valid.max())) if len(valid) else (0.0, 0.0)
    gain = min(FINEST_GAIN_PER_MV, 2 * (MAX_SAMPLE - 1) / max(high - low, 1e-3))
    return gain, 0 if max(-low, high) * gain <= MAX_SAMPLE else -round((low + high) / 2 * gain)
