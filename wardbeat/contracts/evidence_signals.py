"""Packs the signals of an alert's evidence to about half their size; a store keeps them apart from the rest."""

import zlib
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from wardbeat.contracts.messages import Evidence

SIGNALS: Final = ("strip", "reconstruction", "residual")
"""The fields of :class:`wardbeat.contracts.messages.Evidence` that are int16 microvolts."""
_LEVEL: Final = 1  # higher levels take three times as long for 2 % less


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """The length of each signal in bytes, and all signals one after another, compressed."""

    lengths: tuple[int, int, int]
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def has_signals(evidence: Evidence) -> bool:
    """Whether the evidence has any signal."""
    return any(getattr(evidence, name) for name in SIGNALS)


def signals_expired(evidence: Evidence) -> bool:
    """Whether the evidence had a strip that the store has deleted since."""
    return evidence.strip_end_s > evidence.strip_start_s and not has_signals(evidence)


def without_signals(evidence: Evidence) -> Evidence:
    """The evidence without its signals."""
    return msgspec.structs.replace(evidence, strip=b"", reconstruction=b"", residual=b"")


def pack_signals(evidence: Evidence) -> bytes:
    """The signals of an alert's evidence as bytes, for :func:`with_signals`.

    ECG changes little from sample to sample. So we keep the differences, map small signed numbers to small unsigned
    ones, put all high bytes (mostly 0) before the low ones, and compress the result.
    """
    bodies = (evidence.strip, evidence.reconstruction, evidence.residual)
    signal = np.frombuffer(b"".join(bodies), dtype="<i2")
    step = np.diff(signal, prepend=np.int16(0))  # it may overflow; the sum overflows back
    unsigned = ((step << 1) ^ (step >> 15)).astype("<i2")
    split = unsigned.view(np.uint8).reshape(-1, 2).T.tobytes()
    strip, reconstruction, residual = map(len, bodies)
    return _encode(_Packed((strip, reconstruction, residual), zlib.compress(split, _LEVEL)))


def with_signals(evidence: Evidence, packed: bytes) -> Evidence:
    """The evidence with its signals from the bytes of :func:`pack_signals`."""
    known = _decode(packed)
    signal = _unpack(zlib.decompress(known.body)).tobytes()
    strip_end, reconstruction_end, end = np.cumsum(known.lengths)
    return msgspec.structs.replace(
        evidence,
        strip=signal[:strip_end],
        reconstruction=signal[strip_end:reconstruction_end],
        residual=signal[reconstruction_end:end],
    )


def _unpack(split: bytes) -> NDArray[np.int16]:
    halves = np.frombuffer(split, dtype=np.uint8).reshape(2, -1)
    unsigned = np.ascontiguousarray(halves.T).view("<u2")[:, 0] if halves.size else np.zeros(0, dtype="<u2")
    step = (unsigned >> 1).astype("<i2") ^ -(unsigned & 1).astype("<i2")
    return np.cumsum(step, dtype="<i2")
