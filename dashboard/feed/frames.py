"""Encodes the frames of a browser's WebSocket. :mod:`dashboard.feed.live` describes the protocol."""

import struct
import zlib
from collections.abc import Iterable

import msgspec
import numpy as np

from dashboard.views import AlertView, WardView
from wardbeat.contracts.messages import DISPLAY_FS_HZ, INVALID_SAMPLE, Beat, Strip

STRIP = 1
VERSION = 1
_HEADER = struct.Struct("<BBBBHxxIdd")
"""Kind, version, leads, length of the stream id, samples per lead, session, start index, acquired ms: 28 bytes."""
_PAD = b"\0"

_json = msgspec.json.Encoder().encode


class Look(msgspec.Struct, forbid_unknown_fields=True):
    """The message of a page: it shows these streams with their beats, or with null the whole ward without beats."""

    look: list[str] | None


decode_look = msgspec.json.Decoder(Look).decode


def session_number(session_id: str) -> int:
    """A number for a session in a binary frame: the CRC-32 of its id."""
    return zlib.crc32(session_id.encode())


def strip_frame(strip: Strip) -> bytes:
    """A strip as a binary frame: header, stream id, padding to an even length, int16 microvolts."""
    leads = len(strip.sig_name)
    samples = np.frombuffer(strip.samples, dtype="<i2")
    valid = np.frombuffer(strip.valid, dtype=np.uint8)
    shown = np.where(valid != 0, samples, np.int16(INVALID_SAMPLE)).astype("<i2")
    stream_id = strip.stream_id.encode()
    header = _HEADER.pack(
        STRIP,
        VERSION,
        leads,
        len(stream_id),
        len(samples) // leads,
        session_number(strip.session_id),
        float(strip.start_index),
        strip.acquired_ns / 1e6,
    )
    return header + stream_id + _PAD * (len(stream_id) % 2) + shown.tobytes()


def beat_frame(beat: Beat) -> str:
    """A beat as a text frame. Its index counts at 250 Hz, like those of strips."""
    return _text(
        {
            "type": "beat",
            "stream_id": beat.stream_id,
            "session": session_number(beat.session_id),
            "index": round(beat.sample * DISPLAY_FS_HZ / beat.fs),
            "symbol": beat.symbol,
        }
    )


def ward_frame(ward: WardView, unix_ms: int, monotonic_ms: int) -> str:
    """All beds. The frame is sent twice a second, so that a page notices a lost connection."""
    return _text({"type": "ward", "unix_ms": unix_ms, "monotonic_ms": monotonic_ms, **ward.model_dump()})


def alerts_frame(alerts: Iterable[AlertView]) -> str:
    """All open alerts. The page replaces its list with them."""
    return _text({"type": "alerts", "alerts": [alert.model_dump() for alert in alerts]})


def alert_frame(alert: AlertView) -> str:
    """One new or changed alert."""
    return _text({"type": "alert", "alert": alert.model_dump()})


def _text(frame: dict[str, object]) -> str:
    return _json(frame).decode()
