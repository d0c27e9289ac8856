"""From conditions to alerts: one episode is one alert, and an urgent alert hides less urgent ones.

Ectopy does not repeat immediately. A code that staff switched off raises no alert and hides none. A technical fault
that lasts gets a higher priority.
"""

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from wardbeat.contracts.alert_codes import CODES, PRIORITY_ORDER
from wardbeat.contracts.messages import Priority

URGENCY_RANK: dict[str, int] = {
    "asystole": 0,
    "ventricular_fibrillation": 1,
    "ventricular_tachycardia": 2,
    "extreme_bradycardia": 3,
    "extreme_tachycardia": 3,
}
"""Rank of the conditions that hide others on the same bed: a lower rank hides all higher ones."""
LAST_RANK = 4
"""Rank of all other conditions: they hide none."""
TECHNICAL_PRIORITIES: dict[str, tuple[Priority, Priority]] = {
    "lead_off": ("medium", "high"),
    "noisy_signal": ("low", "medium"),
    "source_conflict": ("low", "medium"),
}
"""Priority of a technical fault at first, and after it has lasted for ``RhythmLimits.technical_rises_s``."""
NO_ECG_YET: tuple[Priority, Priority] = ("low", "medium")
"""The same for ``lead_off`` from the start of a session on: the electrodes are not on yet, so they did not come off."""
TECHNICAL = tuple(TECHNICAL_PRIORITIES)
WHILE_LEARNING = (
    "asystole",
    "ventricular_fibrillation",
    "extreme_bradycardia",
    "extreme_tachycardia",
    "bradycardia",
    "tachycardia",
)
"""The conditions that need no knowledge of the patient's own beats."""
ECTOPY = ("couplet", "ventricular_run", "bigeminy", "trigeminy", "pvc_rate", "supraventricular_run")
ECTOPY_REPEAT_S = 30
"""An alert on ectopy comes at most once in 30 s a code."""


class AlertRaised(msgspec.Struct, frozen=True):
    """An alert begins: its condition, and the sample ``k`` of the decision."""

    condition: Condition
    k: int
    priority: Priority


class PriorityRaised(msgspec.Struct, frozen=True):
    """The alert of this code that began at ``onset`` has a higher priority from sample ``k`` on."""

    code: str
    onset: int
    k: int
    priority: Priority


class AlertEnded(msgspec.Struct, frozen=True):
    """The alert of this code that began at ``onset`` ends at sample ``k``."""

    code: str
    onset: int
    k: int


AlertChange = AlertRaised | PriorityRaised | AlertEnded


class OpenAlert(msgspec.Struct, frozen=True):
    """An alert that has not ended."""

    onset: int
    priority: Priority


class Alerting(msgspec.Struct):
    """The open alerts of a bed, and the decision and onset of the last alert of each code."""

    open: dict[str, OpenAlert] = {}
    last_raised: dict[str, int] = {}
    last_onset: dict[str, int] = {}
    off: tuple[str, ...] = ()
    """The codes that staff had switched off at the last update."""
    on_since: dict[str, int] = {}
    """When staff switched a code on again: a condition that holds at that sample is an episode that begins there."""

    def update(self, k: int, conditions: dict[str, Condition], limits: RhythmLimits) -> list[AlertChange]:
        """The alerts that begin, get a higher priority or end at sample ``k``, given all conditions that hold there."""
        conditions = self._switched_on(k, conditions, limits)
        if not conditions and not self.open:
            return []
        changes: list[AlertChange] = []
        for code, known in list(self.open.items()):
            now = conditions.get(code)
            if now is None or now.onset != known.onset:
                del self.open[code]
                changes.append(AlertEnded(code, known.onset, k))
            elif code in TECHNICAL_PRIORITIES and _more_urgent(priority := _priority(now, k, limits), known.priority):
                self.open[code] = OpenAlert(known.onset, priority)
                changes.append(PriorityRaised(code, known.onset, k, priority))
        top = min((URGENCY_RANK.get(code, LAST_RANK) for code in conditions), default=LAST_RANK)
        for code, condition in conditions.items():
            if code not in self.open and self._may_raise(condition, k, top, limits):
                priority = _priority(condition, k, limits)
                self.open[code] = OpenAlert(condition.onset, priority)
                self.last_raised[code] = k
                self.last_onset[code] = condition.onset
                changes.append(AlertRaised(condition, k, priority))
        return changes

    def end_all(self, k: int) -> list[AlertEnded]:
        """End all open alerts at sample ``k``, where their signal ends."""
        ended = [AlertEnded(code, known.onset, k) for code, known in self.open.items()]
        self.open.clear()
        return ended

    def _switched_on(self, k: int, conditions: dict[str, Condition], limits: RhythmLimits) -> dict[str, Condition]:
        """The conditions that are not switched off, none with an onset before its code was last switched on."""
        if limits.off != self.off:
            self.on_since |= {code: k for code in self.off if code not in limits.off}
            self.off = limits.off
        if not self.off and not self.on_since:
            return conditions
        return {
            code: msgspec.structs.replace(condition, onset=max(condition.onset, self.on_since.get(code, 0)))
            for code, condition in conditions.items()
            if code not in self.off
        }

    def _may_raise(self, condition: Condition, k: int, top: int, limits: RhythmLimits) -> bool:
        code = condition.code
        if condition.onset <= self.last_onset.get(code, -1):
            return False  # this episode had its alert already
        if code in TECHNICAL:
            return True
        if k < limits.learning_s * FS_HZ and code not in WHILE_LEARNING:
            return False
        if URGENCY_RANK.get(code, LAST_RANK) > top:
            return False
        return code not in ECTOPY or k - self.last_raised.get(code, -(10**9)) >= ECTOPY_REPEAT_S * FS_HZ


def _priority(condition: Condition, k: int, limits: RhythmLimits) -> Priority:
    """The priority of an alert on this condition at sample ``k``."""
    code = condition.code
    if code not in TECHNICAL_PRIORITIES:
        return CODES[code].priority
    first, later = NO_ECG_YET if code == "lead_off" and condition.onset <= FS_HZ else TECHNICAL_PRIORITIES[code]
    return later if k - condition.onset >= limits.technical_rises_s * FS_HZ else first


def _more_urgent(one: Priority, other: Priority) -> bool:
    return PRIORITY_ORDER[one] < PRIORITY_ORDER[other]
