"""The sound of a bed or of the whole ward, paused for a moment; and whether an alert is to be heard now.

Pure rules. A pause runs out by itself, and a high alert that begins (or becomes one) meanwhile breaks through it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from wardbeat.alerts import AlertRecord, calls_from_ns
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


def audible(
    record: AlertRecord, pauses: Iterable[AudioPause], now_ns: int, silenced: frozenset[str] = frozenset()
) -> bool:
    """Whether an alert is to be heard now.

    Parameters
    ----------
    record : AlertRecord
    pauses : iterable of AudioPause
        Of any beds.
    now_ns : int
        Unix time.
    silenced : frozenset of str
        Codes that make no sound at this bed now, as its patient is away (standby).
    """
    from_ns = calls_from_ns(record)
    if from_ns is None or now_ns < from_ns or record.alert.code in silenced:
        return False
    return not any(_silences(pause, record, now_ns) for pause in pauses)


def _silences(pause: AudioPause, record: AlertRecord, now_ns: int) -> bool:
    if pause.stream_id not in {None, record.alert.stream_id} or not in_force(pause, now_ns):
        return False
    urgent_since_ns = record.raised_ns if record.rose_ns is None else record.rose_ns
    return record.alert.priority != "high" or urgent_since_ns <= pause.since_ns
