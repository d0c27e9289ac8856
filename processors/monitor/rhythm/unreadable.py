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
RECOVERS_S = 4
"""The QRS network divides each lead by its size in the last 7 s, so it may miss beats for 4 s after strong noise."""
BLIND_S = 10.0
"""Unreadable beats together for longer than this are ``noisy_signal``."""
BY_VENTRICULAR_BEATS = ("ventricular_rhythm", "ventricular_run", "couplet", "bigeminy", "trigeminy", "pvc_rate")
LONG_AGO = -(10**9)


class Unreadable(msgspec.Struct):
    """The newest unreadable stretches. Indices count 250 Hz samples of the session."""

    void_since: int = LONG_AGO
    """Start of the newest stretch of void seconds."""
    void_until: int = LONG_AGO
    """Its end: rates and pauses count from here."""
    silence_from: int = LONG_AGO
    """A silence counts from here at the earliest."""
    first_r: int = LONG_AGO
    """The first beat of the newest stretch of unreadable beats."""
    last_r: int = LONG_AGO
    """Its last beat."""

    def add_second(self, second: SecondSummary) -> None:
        """Take in a void second.

        In motion of electrodes false beats end each silence, so the silence after the last of them is real. Strong hum
        and muscle noise hide beats, also from the detector that comes out of them.
        """
        k = second.k
        if self.void_until < k - FS_HZ:
            self.void_since = k - FS_HZ
        self.void_until = k
        if second.high_frequency_noise:
            self.silence_from = k + RECOVERS_S * FS_HZ

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
    """Whether a second is without a usable lead, or noisy in a signal that moves.

    A signal that does not move shows a standstill, whatever its quality.
    """
    moves = second.activity_mv > limits.flat_mv or second.high_frequency_noise
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
