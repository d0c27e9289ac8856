"""The sound of a bed or of the whole ward, paused for a moment. Pure rules.

A pause runs out by itself, and a high alert that begins (or becomes one) meanwhile breaks through it. What is to be
heard is decided where it sounds, from one moment to the next: in the browser (assets/sounding.js).
"""

from typing import Final

import msgspec

from wardbeat.errors import AlertActionError

LONGEST_PAUSE_S: Final = 120.0
"""Bedside monitors offer one to three minutes; nobody may forget a bed for longer than an acknowledgement holds."""
_NS_PER_S: Final = 1_000_000_000


class AudioPause(msgspec.Struct, frozen=True):
    """Who has paused the sound of a bed, or of the ward (``stream_id`` None), from when until when (Unix time)."""

    stream_id: str | None
    by: str
    since_ns: int
    until_ns: int


def begin_pause(
    stream_id: str | None, by: str, seconds: float, now_ns: int, *, longest_s: float = LONGEST_PAUSE_S
) -> AudioPause:
    """A pause that begins now; it takes the place of one in force.

    Raises
    ------
    AlertActionError
        If it is too long, or no time at all.
    """
    if not 1 <= seconds <= longest_s:
        raise AlertActionError(
            f"audio pause of {stream_id or 'the ward'}: it lasts 1 to {longest_s:g} s, {seconds:g} given; "
            "pause again when it is over"
        )
    return AudioPause(stream_id, by, now_ns, now_ns + int(seconds * _NS_PER_S))


def in_force(pause: AudioPause, now_ns: int) -> bool:
    """Whether a pause has not run out."""
    return now_ns < pause.until_ns
