"""Encodes the frames of a browser's WebSocket. :mod:`dashboard.feed.live` describes the protocol."""

import struct
import zlib
from collections.abc import Iterable
from typing import Annotated

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


ScreenId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class ScreenReport(msgspec.Struct, forbid_unknown_fields=True):
    """A page reports that it lives, and whether its sound is on.

    ``shows`` is a bed, or null for the ward. ``name`` is what staff call the screen. ``after`` is the id of the page
    that was in this tab before.
    """

    id: ScreenId
    sound: bool
    shows: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    name: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    after: ScreenId | None = None


class PageMessage(msgspec.Struct, forbid_unknown_fields=True):
    """A message of a page, with at least one of the fields.

    ``look``: it shows these streams with their beats, or with null the whole ward without beats. ``screen``: it lives.
    ``closed``: it is closed now.
    """

    look: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    screen: ScreenReport | msgspec.UnsetType = msgspec.UNSET
    closed: bool = False


_decode_page = msgspec.json.Decoder(PageMessage).decode


def decode_message(text: str) -> PageMessage:
    """The message of a page.

    Raises
    ------
    msgspec.DecodeError
        If it is none.
    """
    message = _decode_page(text)
    if message == PageMessage():
        raise msgspec.ValidationError("the message has neither look nor screen nor closed")
    return message


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
