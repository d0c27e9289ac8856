"""From conditions to alerts: one episode one alert, the more urgent hides the less, ectopy does not repeat at once.

What staff have switched off is not announced and hides nothing. A technical fault that lasts becomes more urgent.
"""

import msgspec

from processors.monitor.rhythm.conditions import FS_HZ, Condition, RhythmLimits
from wardbeat.contracts.alert_codes import CODES, PRIORITY_ORDER
from wardbeat.contracts.messages import Priority

CHAIN: dict[str, int] = {
    "asystole": 0,
    "ventricular_fibrillation": 1,
    "ventricular_tachycardia": 2,
    "extreme_bradycardia": 3,
    "extreme_tachycardia": 3,
}
"""Rank in the one chain of a bed; what is not here comes last."""
LAST_RANK = 4
RISING: dict[str, tuple[Priority, Priority]] = {
    "lead_off": ("medium", "high"),
    "noisy_signal": ("low", "medium"),
    "source_conflict": ("low", "medium"),
}
"""Priority of a technical fault at first, and once it has lasted for ``RhythmLimits.technical_rises_s``."""
NO_ECG_YET: tuple[Priority, Priority] = ("low", "medium")
"""The same of ``lead_off`` from the start of a session on: electrodes that are not on yet have not come off."""
TECHNICAL = tuple(RISING)
WHILE_LEARNING = (
    "asystole",
    "ventricular_fibrillation",
    "extreme_bradycardia",
    "extreme_tachycardia",
    "bradycardia",
    "tachycardia",
)
"""What needs no knowledge of the patient's own beats."""
ECTOPY = ("couplet", "ventricular_run", "bigeminy", "trigeminy", "pvc_rate", "supraventricular_run")
ECTOPY_REPEAT_S = 30


class Raised(msgspec.Struct, frozen=True):
    """An alert begins: its condition, decided at sample ``k``."""

    condition: Condition
    k: int
    priority: Priority


class Risen(msgspec.Struct, frozen=True):
    """The alert of this code that began at ``onset`` is more urgent from sample ``k`` on."""

    code: str
    onset: int
    k: int
    priority: Priority


class Ended(msgspec.Struct, frozen=True):
    """The alert of this code that began at ``onset`` is over at sample ``k``."""

    code: str
    onset: int
    k: int


class Open(msgspec.Struct, frozen=True):
    """An alert that has not ended."""

    onset: int
    priority: Priority


class Alerting(msgspec.Struct):
    """The alerts of a bed that are open, and when and from what onset each code was last raised."""

    open: dict[str, Open] = {}
    last_raised: dict[str, int] = {}
    last_onset: dict[str, int] = {}
    off: tuple[str, ...] = ()
    """The codes that were switched off at the last update."""
    on_since: dict[str, int] = {}
    """When codes were switched on again: what held then is announced as an episode that begins there."""

    def update(self, k: int, conditions: dict[str, Condition], limits: RhythmLimits) -> list[Raised | Risen | Ended]:
        """What begins, becomes more urgent and ends at sample ``k``, given everything that holds then."""
        conditions = self._announced(k, conditions, limits)
        if not conditions and not self.open:
            return []
        changes: list[Raised | Risen | Ended] = []
        for code, known in list(self.open.items()):
            now = conditions.get(code)
            if now is None or now.onset != known.onset:
                del self.open[code]
                changes.append(Ended(code, known.onset, k))
            elif code in RISING and _more_urgent(priority := _priority(now, k, limits), known.priority):
                self.open[code] = Open(known.onset, priority)
                changes.append(Risen(code, known.onset, k, priority))
        top = min((CHAIN.get(code, LAST_RANK) for code in conditions), default=LAST_RANK)
        for code, condition in conditions.items():
            if code not in self.open and self._may_raise(condition, k, top, limits):
                priority = _priority(condition, k, limits)
                self.open[code] = Open(condition.onset, priority)
                self.last_raised[code] = k
                self.last_onset[code] = condition.onset
                changes.append(Raised(condition, k, priority))
        return changes

    def end_all(self, k: int) -> list[Ended]:
        """End whatever is open: the signal it came from is no more."""
        ended = [Ended(code, known.onset, k) for code, known in self.open.items()]
        self.open.clear()
        return ended

    def _announced(self, k: int, conditions: dict[str, Condition], limits: RhythmLimits) -> dict[str, Condition]:
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
            return False  # that episode has had its alert
        if code in TECHNICAL:
            return True
        if k < limits.learning_s * FS_HZ and code not in WHILE_LEARNING:
            return False
        if CHAIN.get(code, LAST_RANK) > top:
            return False
        return code not in ECTOPY or k - self.last_raised.get(code, -(10**9)) >= ECTOPY_REPEAT_S * FS_HZ


def _priority(condition: Condition, k: int, limits: RhythmLimits) -> Priority:
    """The priority of an alert on this condition at sample ``k``."""
    code = condition.code
    if code not in RISING:
        return CODES[code].priority
    first, later = NO_ECG_YET if code == "lead_off" and condition.onset <= FS_HZ else RISING[code]
    return later if k - condition.onset >= limits.technical_rises_s * FS_HZ else first


def _more_urgent(one: Priority, other: Priority) -> bool:
    return PRIORITY_ORDER[one] < PRIORITY_ORDER[other]
