"""The heart rate on the screen: the mean over the last intervals between QRS complexes.

The detector reports a beat half a second late. For the rate that is too late, because one beat more or less among eight
is 12 %, and a rate may be wrong by 10 % at most (IEC 60601-2-27, EC13). So the rate corrects the beats:

- if a beat is overdue, the highest peak of the detector's score below a beat's counts as the missed beat;
- a beat of a low score does not count if it divides one typical interval in two;
- the newest beat counts by its energy alone until the detector has reported it.

These corrections reach no alert, no beat and no rhythm.
"""

from itertools import pairwise, takewhile
from statistics import median

import msgspec

from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.qrs.block import SURE, UNSURE, Peak
from wardbeat.ecg.qrs.detector import REFRACTORY_SAMPLES

WINDOW = 12 * DISPLAY_FS_HZ
INTERVALS = 8
"""Fewer intervals give a poor rate in bigeminy; more follow a step of the rate too slowly (EC13 allows 10 s)."""
KEPT = 16
NO_RATE_AFTER = 4 * DISPLAY_FS_HZ
"""After 4 s without a beat there is no heart rate to show."""
OVERDUE = 1.4
"""A beat is overdue after 1.4 typical intervals."""
ONE_INTERVAL = 1.1
"""A beat that comes less than 1.1 typical intervals after the one before the last makes the last an extra one. Of those
with a low score 26 of 36 in mitdb's DS1, nsrdb and svdb are no beats. An interpolated ventricular beat mostly has a
high score."""
HALVED = 2
"""Above 275/min the detector finds every other beat. Then the rate is not shown: if 2 of the newest 16 intervals have a
complex in their middle."""
MIDDLE = 0.3
"""The middle third of an interval, about."""
CANDIDATES_KEPT = 8
BREAK = Peak(-1, 0.0)
"""Stands for a break in the signal among the peaks."""


class HeartRate(msgspec.Struct):
    """The R peaks of the last seconds."""

    peaks: list[Peak] = []
    """Oldest first, with a ``BREAK`` where the signal has one."""
    candidates: list[Peak] = []
    """Peaks of the score since the newest beat that are too low for a beat."""
    blocked: list[int] = []
    """R peaks of the newest complexes within the refractory time of the beat before them."""

    def add(self, peak: Peak) -> None:
        """Take in the next peak of the detector's score, a beat or a candidate."""
        if peak.blocked:
            self.blocked = [*self.blocked, peak.r][-KEPT:]
            return
        if not peak.is_beat:
            if peak.score >= UNSURE:
                self.candidates = [*self.candidates, peak][-CANDIDATES_KEPT:]
            return
        if self.peaks[-1:] == [BREAK] and peak.r - self.peaks[-2].r > NO_RATE_AFTER:
            self.peaks = []  # beats before a long break do not count for the rate now
        if missed := self._overdue(peak):
            self.peaks.append(missed)
        elif self._is_extra(peak):
            del self.peaks[-1]
        self.peaks = [*self.peaks[-KEPT:], peak]
        self.candidates = []

    def add_break(self) -> None:
        """Take in that no lead is usable: the interval between the beats before and after is no RR interval."""
        self.candidates = []
        if self.peaks and self.peaks[-1] != BREAK:
            self.peaks.append(BREAK)

    def take_out(self, r: int) -> None:
        """Put a break in place of the beat at ``r``, because noise hides it: it is no end of an RR interval."""
        peaks = [BREAK if peak.r == r else peak for peak in self.peaks]
        self.peaks = [peak for last, peak in pairwise([BREAK, *peaks]) if peak != BREAK or last != BREAK]

    def bpm(self, k: int, unconfirmed_r: int) -> float | None:
        """The rate at sample ``k`` in 1/min; None without two intervals since the last standstill.

        Parameters
        ----------
        k : int
            250 Hz samples so far.
        unconfirmed_r : int
            R peak of the complex that the detector has not judged yet; −1 without one.
        """
        peaks = [peak.r for peak in self.peaks]
        if peaks and unconfirmed_r - peaks[-1] >= REFRACTORY_SAMPLES and peaks[-1] != BREAK.r:
            peaks.append(unconfirmed_r)
        intervals = [b - a for a, b in pairwise(peaks) if a >= 0 and b >= 0 and b > k - WINDOW][-INTERVALS:]
        # One beat after a standstill, or a pace pulse that the detector takes for a beat, is no rate yet.
        intervals = list(takewhile(lambda interval: interval <= NO_RATE_AFTER, reversed(intervals)))
        if len(intervals) < 2 or self._is_half_the_rate(peaks):
            return None
        return round(60.0 * DISPLAY_FS_HZ * len(intervals) / sum(intervals), 1)

    def _is_half_the_rate(self, peaks: list[int]) -> bool:
        """Whether ``HALVED`` intervals or more have a complex in their middle that comes too soon to be a beat."""
        newest = list(pairwise(peaks))
        halved = sum(any(abs(2 * r - a - b) < MIDDLE * (b - a) for r in self.blocked) for a, b in newest)
        return halved >= HALVED

    def _typical_interval(self) -> float:
        """The median interval between the last beats; 0 while there are too few."""
        intervals = [b.r - a.r for a, b in pairwise(self.peaks) if BREAK not in (a, b)][-INTERVALS:]
        return median(intervals) if len(intervals) >= INTERVALS // 2 else 0.0

    def _overdue(self, peak: Peak) -> Peak | None:
        """The beat that the detector missed before this one, if there is one."""
        if not self.candidates or not self.peaks or self.peaks[-1] == BREAK:
            return None
        last = self.peaks[-1].r
        between = [
            other for other in self.candidates if last + REFRACTORY_SAMPLES <= other.r <= peak.r - REFRACTORY_SAMPLES
        ]
        typical = self._typical_interval() if between else 0.0
        if not typical or peak.r - last <= OVERDUE * typical:
            return None
        return max(between, key=lambda other: other.score)

    def _is_extra(self, peak: Peak) -> bool:
        """Whether the newest beat is no beat, given the beat after it."""
        if not self.peaks or self.peaks[-1].score >= SURE or BREAK in self.peaks[-2:]:
            return False
        typical = self._typical_interval()
        return bool(typical) and peak.r - self.peaks[-2].r < ONE_INTERVAL * typical
