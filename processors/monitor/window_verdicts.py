"""The verdict on each window: the combined detector's, unless a rule or the quality of the signal decides.

The detector measures the distance of beats and shapes from this patient's normal ones. It sees nothing in a standstill,
and little in noise that resembles beats. So a condition of high or medium priority makes its window abnormal, whatever
the detector's probability, and a window that can't be read is never called normal.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from models.inputs import WINDOW_S
from processors.monitor.rhythm.anomaly import abnormal_above
from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from processors.monitor.rhythm.rhythm_state import RhythmState
from processors.monitor.signal_path import WindowReady
from wardbeat.contracts.alert_codes import CODES, PRIORITY_ORDER, urgency
from wardbeat.contracts.messages import Verdict, Window

USABLE_PART = 0.8
"""A window of which a smaller part is valid or readable is not judged, and counts neither for an anomaly nor for the
patient's baseline."""
TYPICAL_FROM = 24
"""Nothing is typical of a patient before two minutes of windows (our choice). The rule ``anomaly`` needs 30 s."""
DECIDED_WITHIN_S = 5
"""A window is decided at most this long after its end: its last beat waits for the next one and for its class."""
KEPT = (WINDOW_S + DECIDED_WITHIN_S) * FS_HZ


Thresholds = tuple[float, float]
"""Thresholds of ``p_abnormal``: the bundle's, and the patient's, which is not below it."""


class RecentSecond(msgspec.Struct, frozen=True):
    """A second that ends at sample ``k``: the quality of its signal, and whether beats and rates can be read in it."""

    k: int
    quality: float
    readable: bool


class HeldCondition(msgspec.Struct):
    """A condition that held from ``onset`` to ``last_k``, the newest sample at which the rules found it."""

    code: str
    onset: int
    last_k: int


class Judged(NamedTuple):
    """The verdict on a window, with the quality and the conditions that it used (see ``Window``)."""

    verdict: Verdict
    quality: float | None
    conditions: tuple[str, ...]


class WindowHistory(msgspec.Struct):
    """What a session keeps for the verdicts: the last seconds, the conditions that held in them, the newest window."""

    seconds: list[RecentSecond] = []
    held: list[HeldCondition] = []
    newest: Window | None = None

    def add_second(self, second: RecentSecond) -> None:
        """Take in the next second."""
        self.seconds = [*(one for one in self.seconds if one.k > second.k - KEPT), second]

    def add_conditions(self, k: int, conditions: Mapping[str, Condition]) -> None:
        """Take in all conditions that hold at sample ``k``."""
        if not conditions and not self.held:
            return
        held = {(one.code, one.onset): one for one in self.held if one.last_k > k - KEPT}
        for code, condition in conditions.items():
            held.setdefault((code, condition.onset), HeldCondition(code, condition.onset, k)).last_k = k
        self.held = list(held.values())

    def judge(self, window: WindowReady, p_abnormal: float, thresholds: Thresholds) -> Judged:
        """Judge a window. Seconds from before an upgrade are not known; they count as readable."""
        start, end = window.start, window.end
        held = {one.code for one in self.held if one.onset < end and one.last_k > start}
        conditions = tuple(sorted(held, key=_urgency))
        seconds = self._seconds_of(window)
        quality = round(sum(one.quality for one in seconds) / len(seconds), 3) if seconds else None
        return Judged(verdict_of(p_abnormal, thresholds, conditions, self.is_readable(window)), quality, conditions)

    def is_readable(self, window: WindowReady) -> bool:
        """Whether a window can be judged."""
        readable = 1.0 - sum(not one.readable for one in self._seconds_of(window)) / WINDOW_S
        return min(window.valid_fraction, readable) >= USABLE_PART

    def _seconds_of(self, window: WindowReady) -> list[RecentSecond]:
        return [one for one in self.seconds if window.start < one.k <= window.end]


def patient_threshold(rhythm: RhythmState, limits: RhythmLimits) -> float:
    """The patient's threshold of ``p_abnormal`` now: the bundle's, until the patient has a baseline."""
    if len(rhythm.p_abnormal) < TYPICAL_FROM:
        return limits.anomaly_p
    return round(min(abnormal_above(rhythm, limits), 1.0), 6)


def verdict_of(p_abnormal: float, thresholds: Thresholds, conditions: Iterable[str], is_readable: bool) -> Verdict:
    """The verdict on a window, from the conditions that held in it and whether it could be read."""
    bundle, patient = thresholds
    if any(map(_decides, conditions)):
        return "abnormal"
    if not is_readable:
        return "unreadable"
    if p_abnormal <= bundle:
        return "normal"
    return "abnormal" if p_abnormal > patient else "typical"


def _urgency(code: str) -> tuple[int, int]:
    return PRIORITY_ORDER[CODES[code].priority], urgency(code)


def _decides(code: str) -> bool:
    """Whether a condition makes its window abnormal. Those of low priority do not: they may look back on a minute."""
    return CODES[code].kind == "physiological" and CODES[code].priority != "low"
