"""The heart rate shown: the mean over the last intervals between QRS complexes, as far as they can be told at a second.

Every rule is told of beats as the detector finds them, half a second late. A rate can do better, since one beat more or
less among eight is 12 %, more than the 10 % by which a rate may be off (IEC 60601-2-27, EC13):

- where a beat is overdue, the peak of the detector's score that comes nearest to one is taken for it;
- a doubtful beat is none that cuts in two what is one usual interval;
- the newest beat counts from its energy alone, until the detector has judged it.

Alerts, beats and rhythms know nothing of all this.
"""

from itertools import pairwise, takewhile
from statistics import median

import msgspec

from wardbeat.contracts.messages import DISPLAY_FS_HZ
from wardbeat.ecg.qrs.block import Peak
from wardbeat.ecg.qrs.detector import REFRACTORY

WINDOW = 12 * DISPLAY_FS_HZ
INTERVALS = 8
"""Fewer follow a patient with bigeminy badly, more a step of the rate (EC13 allows 10 s for one)."""
KEPT = 16
SILENCE = 4 * DISPLAY_FS_HZ
"""Without a beat for 4 s there is no heart rate to show."""
OVERDUE = 1.4
"""Usual intervals after which a beat is."""
DOUBTFUL = 0.6
"""Of the score of a beat, which is 0.39 at the least and mostly more than 0.8."""
ONE_INTERVAL = 1.1
"""A beat less than so many usual intervals after the one before the last makes the last an extra one. Of those that are
doubtful 26 of 36 in mitdb's DS1, nsrdb and svdb are none; an interpolated ventricular beat mostly has a clear score."""
UNSURE_KEPT = 8
BREAK = Peak(-1, 0.0)


class HeartRate(msgspec.Struct):
    """The R peaks of the last seconds."""

    peaks: list[Peak] = []
    """Oldest first; ``BREAK`` is one in the signal."""
    unsure: list[Peak] = []
    """Since the newest of them, what may have been a beat."""

    def add(self, peak: Peak) -> None:
        """Take in what the detector has found next, a beat or what may be one."""
        if not peak.is_beat:
            self.unsure = [*self.unsure, peak][-UNSURE_KEPT:]
            return
        if self.peaks[-1:] == [BREAK] and peak.r - self.peaks[-2].r > SILENCE:
            self.peaks = []  # what was before a long break in the signal says nothing of now
        if missed := self._overdue(peak):
            self.peaks.append(missed)
        elif self._is_extra(peak):
            del self.peaks[-1]
        self.peaks = [*self.peaks[-KEPT:], peak]
        self.unsure = []

    def add_break(self) -> None:
        """Take in that no lead is usable: the interval between the beats on both sides is none."""
        self.unsure = []
        if self.peaks and self.peaks[-1] != BREAK:
            self.peaks.append(BREAK)

    def bpm(self, k: int, early_r: int) -> float | None:
        """The rate at sample ``k`` in 1/min; None without two intervals since the heart last stood still.

        Parameters
        ----------
        k : int
            250 Hz samples so far.
        early_r : int
            R peak of the complex that the detector has not judged yet; −1 without one.
        """
        peaks = [peak.r for peak in self.peaks]
        if peaks and early_r - peaks[-1] >= REFRACTORY and peaks[-1] != BREAK.r:
            peaks.append(early_r)
        intervals = [b - a for a, b in pairwise(peaks) if a >= 0 and b >= 0 and b > k - WINDOW][-INTERVALS:]
        # One beat behind a standstill, or a pace pulse taken for one, is no rate yet.
        intervals = list(takewhile(lambda interval: interval <= SILENCE, reversed(intervals)))
        if len(intervals) < 2:
            return None
        return round(60.0 * DISPLAY_FS_HZ * len(intervals) / sum(intervals), 1)

    def _typical_interval(self) -> float:
        """The median interval between the last beats; 0 while there are too few."""
        intervals = [b.r - a.r for a, b in pairwise(self.peaks) if BREAK not in (a, b)][-INTERVALS:]
        return median(intervals) if len(intervals) >= INTERVALS // 2 else 0.0

    def _overdue(self, peak: Peak) -> Peak | None:
        """The beat that the detector has missed before this one, if there is one."""
        if not self.unsure or not self.peaks or self.peaks[-1] == BREAK:
            return None
        last = self.peaks[-1].r
        between = [other for other in self.unsure if last + REFRACTORY <= other.r <= peak.r - REFRACTORY]
        typical = self._typical_interval() if between else 0.0
        if not typical or peak.r - last <= OVERDUE * typical:
            return None
        return max(between, key=lambda other: other.score)

    def _is_extra(self, peak: Peak) -> bool:
        """Whether the newest beat is none, now that the one after it has come."""
        if not self.peaks or self.peaks[-1].score >= DOUBTFUL or BREAK in self.peaks[-2:]:
            return False
        typical = self._typical_interval()
        return bool(typical) and peak.r - self.peaks[-2].r < ONE_INTERVAL * typical
