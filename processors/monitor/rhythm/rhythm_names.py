"""What the rhythm was called from which beat on, and how that is put right once more is known."""

from collections.abc import Mapping

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition

KEPT_S = 180
"""As long ago a rhythm may be found to have begun."""

RHYTHM_NAMES = {
    "ventricular_fibrillation": "(VFIB",
    "ventricular_tachycardia": "(VT",
    "ventricular_rhythm": "(IVR",
    "bigeminy": "(B",
    "trigeminy": "(T",
    "supraventricular_run": "(SVTA",
}
"""Rhythms by WFDB aux string; the first that holds is annotated."""
SEEN_AT_ONSET = ("ventricular_fibrillation", "ventricular_tachycardia")
"""Rhythms that are annotated from their onset, not from when they were decided."""

Change = tuple[int, str]
"""250 Hz sample, and the WFDB aux string of the rhythm from there on."""


def name_of(holding: Mapping[str, Condition], k: int) -> Change:
    """What the rhythm is called at sample ``k``, and from when on, given the conditions that hold."""
    code = next((code for code in RHYTHM_NAMES if code in holding), None)
    if code is None:
        return k, "(N"
    return (holding[code].onset if code in SEEN_AT_ONSET else k), RHYTHM_NAMES[code]


class RhythmNames(msgspec.Struct):
    """The last changes of rhythm, in order."""

    changes: list[Change] = []

    def name(self, k: int, rhythm: str) -> list[Change]:
        """The rhythm is this from sample ``k`` on: what is to be said, if that is news."""
        if self.changes and self.changes[-1][1] == rhythm:
            return []
        if self.changes:
            k = max(k, self.changes[-1][0] + 1)
        self.changes.append((k, rhythm))
        while len(self.changes) > 1 and self.changes[1][0] < k - KEPT_S * FS_HZ:
            del self.changes[0]
        return [(k, rhythm)]

    def rename(self, since: int, names: Mapping[str, str]) -> list[Change]:
        """What has been called one thing from sample ``since`` on was another: what is to be said of that time anew.

        Parameters
        ----------
        since : int
            250 Hz sample.
        names : mapping of str to str
            From what was said to what it is; others stay.
        """
        before = [change for change in self.changes if change[0] < since]
        after = [change for change in self.changes if change[0] >= since]
        if before and (not after or after[0][0] > since):
            after.insert(0, (since, before[-1][1]))
        news: list[Change] = []
        for k, rhythm in after:
            name = names.get(rhythm, rhythm)
            if not news or news[-1][1] != name:
                news.append((k, name))
        if news == after:
            return []
        self.changes = [*before, *news]
        return news
