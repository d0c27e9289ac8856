"""The name of the rhythm from each change on, and its correction once the monitor knows more."""

from collections.abc import Mapping

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition

KEPT_S = 180
"""A rhythm may turn out to have begun up to 180 s ago."""

RHYTHM_NAMES = {
    "ventricular_fibrillation": "(VFIB",
    "ventricular_tachycardia": "(VT",
    "ventricular_rhythm": "(IVR",
    "bigeminy": "(B",
    "trigeminy": "(T",
    "supraventricular_run": "(SVTA",
}
"""WFDB aux string by condition, in order of precedence: the first condition that holds names the rhythm."""
NAMED_FROM_ONSET = ("ventricular_fibrillation", "ventricular_tachycardia")
"""The name of these rhythms counts from their onset, that of others from the decision."""

URGENT_FIRST = (*RHYTHM_NAMES.values(), "(AFIB", "(N")
"""The names in the order of urgency."""

Change = tuple[int, str]
"""250 Hz sample, and the WFDB aux string of the rhythm from there on."""


def name_of(holding: Mapping[str, Condition], k: int) -> Change:
    """The name of the rhythm at sample ``k`` and the sample from which it counts, given the conditions that hold."""
    code = next((code for code in RHYTHM_NAMES if code in holding), None)
    if code is None:
        return k, "(N"
    return (holding[code].onset if code in NAMED_FROM_ONSET else k), RHYTHM_NAMES[code]


class RhythmNames(msgspec.Struct):
    """The last changes of rhythm, in order."""

    changes: list[Change] = []

    def name(self, k: int, rhythm: str) -> list[Change]:
        """Name the rhythm from sample ``k`` on; return the change to publish, nothing if the name is the same."""
        if self.changes and self.changes[-1][1] == rhythm:
            return []
        if self.changes:
            k = max(k, self.changes[-1][0] + 1)
        self.changes.append((k, rhythm))
        while len(self.changes) > 1 and self.changes[1][0] < k - KEPT_S * FS_HZ:
            del self.changes[0]
        return [(k, rhythm)]

    def most_urgent(self, start: int, end: int) -> str | None:
        """The most urgent rhythm between two samples, by the names known now; None if no change is so early."""
        ends = [k for k, _ in self.changes[1:]] + [end]
        names = [name for (k, name), until in zip(self.changes, ends, strict=False) if k < end and until > start]
        return min(names, key=_rank, default=None)

    def rename(self, since: int, names: Mapping[str, str]) -> list[Change]:
        """Correct the names from sample ``since`` on; return all changes of that time, to publish them again.

        Parameters
        ----------
        since : int
            250 Hz sample.
        names : mapping of str to str
            New name by old name; other names stay.
        """
        before = [change for change in self.changes if change[0] < since]
        after = [change for change in self.changes if change[0] >= since]
        if before and (not after or after[0][0] > since):
            after.insert(0, (since, before[-1][1]))
        corrected: list[Change] = []
        for k, rhythm in after:
            name = names.get(rhythm, rhythm)
            if not corrected or corrected[-1][1] != name:
                corrected.append((k, name))
        if corrected == after:
            return []
        self.changes = [*before, *corrected]
        return corrected


def _rank(name: str) -> int:
    return URGENT_FIRST.index(name) if name in URGENT_FIRST else -1  # a name without a rank is not hidden
