"""From conditions to alerts: one episode one alert, the more urgent hides the less, ectopy does not repeat at once."""

import msgspec

from processors.rhythm import FS_HZ, Condition, Limits

CHAIN: dict[str, int] = {
    "asystole": 0,
    "ventricular_fibrillation": 1,
    "ventricular_tachycardia": 2,
    "extreme_bradycardia": 3,
    "extreme_tachycardia": 3,
}
"""Rank in the one chain of a bed; what is not here comes last."""
LAST_RANK = 4
TECHNICAL = ("lead_off", "noisy_signal", "source_conflict")
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


class Ended(msgspec.Struct, frozen=True):
    """The alert of this code that began at ``onset`` is over at sample ``k``."""

    code: str
    onset: int
    k: int


class Alerting(msgspec.Struct):
    """The alerts of a bed that are open, and when and from what onset each code was last raised."""

    open: dict[str, Condition] = {}
    last_raised: dict[str, int] = {}
    last_onset: dict[str, int] = {}

    def update(self, k: int, conditions: dict[str, Condition], limits: Limits) -> list[Raised | Ended]:
        """What begins and what ends at sample ``k``, given everything that holds then."""
        changes: list[Raised | Ended] = []
        for code, condition in list(self.open.items()):
            now = conditions.get(code)
            if now is None or now.onset != condition.onset:
                del self.open[code]
                changes.append(Ended(code, condition.onset, k))
        top = min((CHAIN.get(code, LAST_RANK) for code in conditions), default=LAST_RANK)
        for code, condition in conditions.items():
            if code not in self.open and self._may_raise(condition, k, top, limits):
                self.open[code] = condition
                self.last_raised[code] = k
                self.last_onset[code] = condition.onset
                changes.append(Raised(condition, k))
        return changes

    def end_all(self, k: int) -> list[Ended]:
        """End whatever is open: the signal it came from is no more."""
        ended = [Ended(code, condition.onset, k) for code, condition in self.open.items()]
        self.open.clear()
        return ended

    def _may_raise(self, condition: Condition, k: int, top: int, limits: Limits) -> bool:
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
