"""Stretches that nobody can read: what happened in them is void, also after they end.

Two things make a stretch unreadable. A *void second* is noisy or without a usable lead: silences, rates and pauses
begin anew after it. An *unreadable beat* (Q) is one whose class noise hides: it is no part of a rate, run or pattern,
and near it no rule trusts ventricular beats. Unreadable beats that follow each other are a signal that the rules cannot
watch, which is ``noisy_signal`` after some time.
"""

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits, SecondSummary

TOGETHER_S = 5
"""Unreadable beats at most this far apart are one stretch: 5 s hold fewer beats than a rate needs."""
UNTRUSTED_S = 10
"""No rule on ventricular beats begins this long after an unreadable beat or a void second, and V beats this near to one
do not count in a minute. Of DS1 and svdb with bw and ma, one beat of 150 is unreadable at 12 dB, one of 9 at 6 dB."""
KEPT_S = 60
"""A condition goes on through void seconds for this long: it may have ended since then."""
SILENT_S = 2
"""After this long without any beat, false ones included, noise is no longer what the signal shows."""
BLIND_S = 10.0
"""Unreadable beats together for longer than this are ``noisy_signal``."""
BY_VENTRICULAR_BEATS = ("ventricular_rhythm", "ventricular_run", "couplet", "bigeminy", "trigeminy", "pvc_rate")
LONG_AGO = -(10**9)


class Unreadable(msgspec.Struct):
    """The newest unreadable stretches. Indices count 250 Hz samples of the session."""

    void_since: int = LONG_AGO
    """Start of the newest stretch of void seconds."""
    void_until: int = LONG_AGO
    """Its end: silences, rates and pauses count from here."""
    first_r: int = LONG_AGO
    """The first beat of the newest stretch of unreadable beats."""
    last_r: int = LONG_AGO
    """Its last beat."""

    def add_second(self, k: int) -> None:
        """Take in that the second up to sample ``k`` is void."""
        if self.void_until < k - FS_HZ:
            self.void_since = k - FS_HZ
        self.void_until = k

    def add_beat(self, r: int) -> None:
        """Take in an unreadable beat."""
        if r - self.last_r > TOGETHER_S * FS_HZ:
            self.first_r = r
        self.last_r = r

    def is_recent(self, k: int) -> bool:
        """Whether a second or a beat shortly before sample ``k`` was unreadable, so that no class can be trusted."""
        return k - max(self.last_r, self.void_until) < UNTRUSTED_S * FS_HZ

    def known_until(self, last_k: int) -> int:
        """Until when what was found at sample ``last_k`` may go on, because nobody could read the signal since then."""
        return max(last_k, min(self.void_until, last_k + KEPT_S * FS_HZ))

    def blind_s(self, k: int) -> float:
        """How long nearly no beat has been readable at sample ``k``, in s; 0 if the last such stretch has ended."""
        return (self.last_r - self.first_r) / FS_HZ if k - self.last_r <= TOGETHER_S * FS_HZ else 0.0


def is_void_second(second: SecondSummary, *, noisy: bool, limits: RhythmLimits) -> bool:
    """Whether a second is without a usable lead, or noisy in a signal that moves and in which beats are found.

    A signal that does not move shows a standstill, whatever its quality. And the uncertainty of the QRS network looks
    back: after noise or fibrillation without beats, it must not hide the standstill that follows.
    """
    beats_found = second.k - second.last_r <= SILENT_S * FS_HZ
    moves = (second.activity_mv > limits.flat_mv and beats_found) or second.high_frequency_noise
    return second.leads_usable_since > second.k or (noisy and moves)


def kept_v_peaks(v_peaks: list[int], unreadable: Unreadable) -> list[int]:
    """The ventricular beats that still count in a minute: none from void seconds, none near an unreadable beat."""
    near = unreadable.last_r - UNTRUSTED_S * FS_HZ
    since, until = unreadable.void_since, unreadable.void_until
    return [r for r in v_peaks if not (since < r <= until or near < r < near + 2 * UNTRUSTED_S * FS_HZ)]


def is_untrusted(condition: Condition, unreadable: Unreadable, k: int) -> bool:
    """Whether a condition depends on signal or beats that nobody can read.

    The count in a minute has its own list of beats, and windows that can't be read are no part of an anomaly.
    """
    if condition.code in BY_VENTRICULAR_BEATS and unreadable.is_recent(k):
        return True
    return condition.onset < unreadable.void_until and condition.code not in ("pvc_rate", "anomaly")
