"""Encodes messages as MessagePack, and decodes and checks them.

A chunk that contradicts itself (sample count, rate, leads) raises the same error as bytes that are no message, so that
a reader of a topic has one error to catch.
"""

import math
from typing import TypeVar

import msgspec

from wardbeat.contracts.canary import CANARY, is_canary
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Beat, EcgChunk, Escalation, Window
from wardbeat.contracts.rules import CHUNK_S, FS_RANGE_HZ, STREAM_ID
from wardbeat.errors import CodecError, OversizedError

MAX_CHUNK_S = CHUNK_S.high
MAX_CHUNK_BYTES = 256 * 1024
"""Above any real chunk: twelve leads of one second at 2 kHz are 48 kB."""
MAX_LEADS = 16
MAX_LEAD_NAME = 64
"""Characters. Every status and every strip holds the name."""
MAX_LEFT_OUT = 64
MAX_LEFT_OUT_TEXT = 128
"""Characters of a signal that is left out, with its reason."""
MAX_COUNT = 2**63 - 1
"""Computations hold positions and times as int64."""
MAX_BASELINE = 2**31 - 1
MAX_SESSION_ID = 64
"""Characters."""

_encoder = msgspec.msgpack.Encoder()
_chunk_decoder = msgspec.msgpack.Decoder(EcgChunk)
_beat_decoder = msgspec.msgpack.Decoder(Beat)
_window_decoder = msgspec.msgpack.Decoder(Window)
_alert_decoder = msgspec.msgpack.Decoder(Alert)
_escalation_decoder = msgspec.msgpack.Decoder(Escalation)

_Message = TypeVar("_Message", Beat, Window, Alert, Escalation)
# Deeply nested bytes exhaust the decoder's stack, which raises a RecursionError.
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def encode(message: msgspec.Struct) -> bytes:
    """The bytes of any message of :mod:`wardbeat.contracts.messages`."""
    return _encoder.encode(message)


def encode_chunk(chunk: EcgChunk) -> bytes:
    """The bytes of an ECG chunk that every worker accepts.

    Raises
    ------
    CodecError
        If the chunk breaks its contract.
    """
    check_chunk(chunk)
    return encode(chunk)


def decode_chunk(data: bytes) -> EcgChunk:
    """An ECG chunk from its bytes, checked against its contract.

    Raises
    ------
    CodecError
        If the bytes are no chunk, or the chunk contradicts itself; an OversizedError if they are larger than any chunk.
    """
    if len(data) > MAX_CHUNK_BYTES:
        raise OversizedError(f"chunk: at most {MAX_CHUNK_BYTES} bytes, {len(data)} given; send shorter chunks")
    try:
        chunk = _chunk_decoder.decode(data)
    except _DECODE_ERRORS as error:
        raise CodecError(f"chunk: not a valid message ({error}); check the sender's version") from error
    check_chunk(chunk)
    return chunk


def check_chunk(chunk: EcgChunk) -> None:
    """Raise a CodecError if a chunk breaks its contract."""
    problem = _chunk_problem(chunk)
    if problem:
        raise CodecError(f"chunk of stream {chunk.stream_id[:64]!r}: {problem}")


def decode_beat(data: bytes) -> Beat:
    """A beat from its bytes."""
    return _decode(_beat_decoder, data, "beat")


def decode_window(data: bytes) -> Window:
    """A window with its verdict from its bytes."""
    return _decode(_window_decoder, data, "window")


def decode_alert(data: bytes) -> Alert:
    """An alert from its bytes."""
    return _decode(_alert_decoder, data, "alert")


def decode_escalation(data: bytes) -> Escalation:
    """An escalation from its bytes."""
    return _decode(_escalation_decoder, data, "escalation")


def _decode(decoder: "msgspec.msgpack.Decoder[_Message]", data: bytes, what: str) -> _Message:
    try:
        return decoder.decode(data)
    except _DECODE_ERRORS as error:
        raise CodecError(f"{what}: not a valid message ({error}); check the sender's version") from error


def _chunk_problem(chunk: EcgChunk) -> str | None:
    return _identity_problem(chunk) or _lead_problem(chunk) or _signal_problem(chunk)


def _identity_problem(chunk: EcgChunk) -> str | None:
    if chunk.schema_version != SCHEMA_VERSION:
        return f"schema version {chunk.schema_version} is not {SCHEMA_VERSION}; update the older side"
    if not STREAM_ID.fullmatch(chunk.stream_id):
        return "a stream id is 1 to 64 letters, digits, '.', '_' or '-', and begins with a letter or digit"
    if is_canary(chunk.stream_id) != (chunk.origin == "canary"):  # else a patient could be silenced by a wrong origin
        return f"the stream {CANARY!r} and no other has the origin 'canary', {chunk.origin!r} given"
    if not 1 <= len(chunk.session_id) <= MAX_SESSION_ID:
        return f"a session id has 1 to {MAX_SESSION_ID} characters, {len(chunk.session_id)} given"
    counts = (chunk.sequence, chunk.first_sample, chunk.acquired_ns)
    if min(counts) < 0 or max(counts) > MAX_COUNT:
        return "sequence, first sample and acquisition time are 63-bit and not negative"
    return None


def _lead_problem(chunk: EcgChunk) -> str | None:
    leads = len(chunk.sig_name)
    if not 1 <= leads <= MAX_LEADS:
        return f"1 to {MAX_LEADS} leads, {leads} given"
    if max(map(len, chunk.sig_name)) > MAX_LEAD_NAME:
        return f"a lead's name has at most {MAX_LEAD_NAME} characters, {max(map(len, chunk.sig_name))} given"
    if len(chunk.gain) != leads or len(chunk.baseline) != leads:
        return f"{leads} leads need as many gains and baselines, {len(chunk.gain)} and {len(chunk.baseline)} given"
    if chunk.electrode_off is not None and len(chunk.electrode_off) != leads:
        return f"{leads} leads need as many electrode states, {len(chunk.electrode_off)} given"
    if len(chunk.left_out) > MAX_LEFT_OUT or max(map(len, chunk.left_out), default=0) > MAX_LEFT_OUT_TEXT:
        return f"at most {MAX_LEFT_OUT} signals that are left out, each of at most {MAX_LEFT_OUT_TEXT} characters"
    if not all(math.isfinite(gain) and gain > 0 for gain in chunk.gain):
        return f"gains are finite and positive, {chunk.gain} given"
    if not all(abs(baseline) <= MAX_BASELINE for baseline in chunk.baseline):
        return f"baselines are 32-bit integers, {chunk.baseline} given"
    return None


def _signal_problem(chunk: EcgChunk) -> str | None:
    if not FS_RANGE_HZ.holds(chunk.fs):
        return f"the rate is {FS_RANGE_HZ.low:g} to {FS_RANGE_HZ.high:g} Hz, {chunk.fs:g} given"
    if not chunk.samples or len(chunk.samples) % (2 * chunk.n_leads):
        return f"{len(chunk.samples)} bytes of samples are not whole int16 samples of {chunk.n_leads} leads"
    if chunk.n_samples > math.ceil(chunk.fs * MAX_CHUNK_S):
        return f"at most {MAX_CHUNK_S:g} s, {chunk.n_samples} samples a lead at {chunk.fs:g} Hz given"
    return None
