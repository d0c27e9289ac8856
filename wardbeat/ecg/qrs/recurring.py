"""Small QRS complexes that recur between large ones: electrical alternans, bigeminy with low ectopic beats.

A complex of a third of its neighbours has a low score, because the energy counts over the level of the large ones. One
low peak of the score may be anything. If low peaks come again and again at the same place between beats, they are
complexes of the heart: T waves and P waves have no such peaks. (In mitdb's DS1 and paced records, 13 h, the rule adds 4
false beats.)
"""

from itertools import pairwise
from typing import Final

import msgspec

from wardbeat.ecg.qrs.block import FAINT, Peak

SURE: Final = 0.6
"""A beat with a lower score counts as a low peak, too. Peaks that recur get this score."""
TIMES: Final = 3
"""A low peak counts from the third time on."""
LONGEST_PERIOD: Final = 4
"""At most three larger beats come between two of the low peaks."""
KEPT: Final = TIMES * LONGEST_PERIOD + 1
SAME_PLACE: Final = 0.12
"""The intervals before the low peaks differ by at most this proportion of their mean."""
LEAST_INTERVAL: Final = 54
"""A low peak is no beat within 217 ms of the peak before it, the refractory time."""


class RecurringPeaks(msgspec.Struct):
    """The newest peaks of the detector's score in a session."""

    peaks: list[Peak] = []
    """Oldest first."""

    def judge(self, peak: Peak) -> Peak:
        """Take in the next peak and return it, with the score ``SURE`` if it recurs."""
        if peak.score < FAINT or (self.peaks and peak.r - self.peaks[-1].r < LEAST_INTERVAL):
            return peak
        self.peaks = [*self.peaks, peak][-KEPT:]
        return peak._replace(score=SURE) if peak.score < SURE and self._recurs() else peak

    def _recurs(self) -> bool:
        """Whether the newest peaks with a low score have the same place between the others."""
        low = [at for at, peak in enumerate(self.peaks) if peak.score < SURE][-TIMES:]
        if len(low) < TIMES or low[0] == 0:
            return False
        periods = {b - a for a, b in pairwise(low)}
        if len(periods) > 1 or not 1 < max(periods) <= LONGEST_PERIOD:
            return False
        intervals = [self.peaks[at].r - self.peaks[at - 1].r for at in low]
        return max(intervals) - min(intervals) <= SAME_PLACE * sum(intervals) / TIMES
