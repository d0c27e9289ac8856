"""Audio pauses: staff pause the sound of a bed or of the ward for a short time. Pure rules.

A pause ends by itself. An alert of high priority that begins during the pause, or rises to high, sounds in spite of it.
The browser decides from moment to moment what sounds (dashboard/assets/sounding.js).
"""

from typing import Final

import msgspec

from wardbeat.contracts.rules import Range
from wardbeat.errors import AlertActionError

PAUSE_S: Final = Range(1, 120)
"""The length of a pause. The longest one is as long as an acknowledgement holds, so that staff do not forget a bed.
Bedside monitors offer 1 to 3 minutes."""
_NS_PER_S: Final = 1_000_000_000


class AudioPause(msgspec.Struct, frozen=True):
    """A pause of a bed, or of the ward (``stream_id`` None), with the initials of the person. Times are Unix ns."""

    stream_id: str | None
    by: str
    since_ns: int
    until_ns: int


def begin_pause(
    stream_id: str | None, by: str, seconds: float, now_ns: int, *, longest_s: float = PAUSE_S.high
) -> AudioPause:
    """A pause that begins now; it replaces a pause in force.

    Raises
    ------
    AlertActionError
        If the pause is shorter than 1 s or longer than ``longest_s``.
    """
    if not PAUSE_S._replace(high=longest_s).holds(seconds):
        raise AlertActionError(
            f"audio pause of {stream_id or 'the ward'}: it lasts 1 to {longest_s:g} s, {seconds:g} given; "
            "pause again when it is over"
        )
    return AudioPause(stream_id, by, now_ns, now_ns + int(seconds * _NS_PER_S))


def in_force(pause: AudioPause, now_ns: int) -> bool:
    """Whether a pause has not ended."""
    return now_ns < pause.until_ns
