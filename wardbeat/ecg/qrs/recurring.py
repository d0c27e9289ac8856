"""Small QRS complexes that recur between large ones: electrical alternans, bigeminy with low ectopic beats.

A complex of a third of its neighbours has a low score, because the energy counts over the level of the large ones. One
low peak of the score may be anything. If low peaks come again and again at the same place between beats, they are
complexes of the heart, if the network finds them likely for their energy: it does not for tall T waves. Over all of
mitdb (24 h) the rule adds one false beat.
"""

from itertools import pairwise
from typing import Final

import msgspec

from wardbeat.ecg.qrs.block import FAINT, SURE, Peak
from wardbeat.ecg.qrs.detector import REFRACTORY_SAMPLES

TIMES: Final = 3
"""A low peak counts from the third time on."""
LONGEST_PERIOD: Final = 4
"""At most three larger beats come between two of the low peaks."""
KEPT: Final = TIMES * LONGEST_PERIOD + 1
SAME_PLACE: Final = 0.12
"""The intervals before the low peaks differ by at most this proportion of their mean."""
LEAST_SHARE: Final = 0.5
"""Probability of a low peak over its energy. Made T waves that are 1.0 to 1.6 times as tall as the QRS complex have 0.1
to 0.45; complexes of a quarter to a third of their neighbours have 0.7 to 1.6 at up to 120/min."""
LEAST_SHARE_EVEN: Final = 0.25
MOST_EVEN: Final = 110
"""Half way between two beats and up to 440 ms after the first one, this share is enough: fast complexes have less
(0.2 to 0.8 at 150/min), and a T wave comes earlier between beats that are so close."""
EVEN: Final = 0.1


class RecurringPeaks(msgspec.Struct):
    """The newest peaks of the detector's score in a session."""

    peaks: list[Peak] = []
    """Oldest first."""

    def judge(self, peak: Peak) -> Peak:
        """Take in the next peak and return it, with the score ``SURE`` if it recurs."""
        if peak.score < FAINT or (self.peaks and peak.r - self.peaks[-1].r < REFRACTORY_SAMPLES):
            return peak
        self.peaks = [*self.peaks, peak][-KEPT:]
        return peak._replace(score=SURE) if self._recurs(peak) else peak

    def _recurs(self, newest: Peak) -> bool:
        """Whether the newest peaks with a low score have the same place between the others, and are likely."""
        low = [at for at, peak in enumerate(self.peaks) if peak.score < SURE][-TIMES:]
        if newest.score >= SURE or len(low) < TIMES or low[0] == 0:
            return False
        periods = {b - a for a, b in pairwise(low)}
        if len(periods) > 1 or not 1 < max(periods) <= LONGEST_PERIOD:
            return False
        before = [self._interval(at) for at in low]
        if max(before) - min(before) > SAME_PLACE * sum(before) / TIMES:
            return False
        after = [self._interval(at + 1) for at in low[:-1]]
        even = all(abs(a - b) <= EVEN * b for a, b in zip(after, before, strict=False)) and max(before) <= MOST_EVEN
        return _share(newest) >= (LEAST_SHARE_EVEN if even else LEAST_SHARE)

    def _interval(self, at: int) -> int:
        return self.peaks[at].r - self.peaks[at - 1].r


def _share(peak: Peak) -> float:
    """The network's probability over the energy."""
    return (2 * peak.score - peak.energy) / max(peak.energy, 1e-9)
