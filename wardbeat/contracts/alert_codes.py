"""Alert codes: their priority, kind and words on the screen, and how an alert gets its id."""

import uuid
from typing import Final

import msgspec

from wardbeat.contracts.messages import Alert, AlertKind, Priority


class AlertCode(msgspec.Struct, frozen=True):
    """A kind of alert: its name in messages, how urgent it is, and the words that staff read."""

    code: str
    priority: Priority
    kind: AlertKind
    words: str


_PHYSIOLOGICAL: tuple[tuple[str, Priority, str], ...] = (
    ("asystole", "high", "Asystole"),
    ("ventricular_fibrillation", "high", "Ventricular fibrillation"),
    ("ventricular_tachycardia", "high", "Ventricular tachycardia"),
    ("extreme_bradycardia", "high", "Extremely slow heart rate"),
    ("extreme_tachycardia", "high", "Extremely fast heart rate"),
    ("bradycardia", "medium", "Slow heart rate"),
    ("tachycardia", "medium", "Fast heart rate"),
    ("ventricular_rhythm", "medium", "Ventricular rhythm"),
    ("ventricular_run", "medium", "Run of ventricular beats"),
    ("pause", "medium", "Pause"),
    ("atrial_fibrillation", "medium", "Atrial fibrillation"),
    ("bigeminy", "low", "Ventricular bigeminy"),
    ("trigeminy", "low", "Ventricular trigeminy"),
    ("couplet", "low", "Ventricular couplet"),
    ("pvc_rate", "low", "Frequent ventricular beats"),
    ("supraventricular_run", "low", "Run of supraventricular beats"),
    ("anomaly", "low", "Unusual ECG"),
)


_TECHNICAL: tuple[tuple[str, Priority, str], ...] = (
    ("lead_off", "medium", "Lead off"),
    ("no_data", "medium", "No data from this bed"),
    ("escalation_failed", "medium", "Nobody could be told of an alert"),
    ("noisy_signal", "low", "Noisy signal"),
    ("source_conflict", "low", "Two devices on one bed"),
)


_ROWS: tuple[tuple[AlertKind, tuple[tuple[str, Priority, str], ...]], ...] = (
    ("physiological", _PHYSIOLOGICAL),
    ("technical", _TECHNICAL),
)


CODES: dict[str, AlertCode] = {
    code: AlertCode(code, priority, kind, words) for kind, rows in _ROWS for code, priority, words in rows
}
"""Every alert code; the order within is the order of urgency."""


def words_of(code: str) -> str:
    """What staff read for an alert code. A newer worker may know codes that we do not: its name is better than none."""
    known = CODES.get(code)
    return known.words if known else code.replace("_", " ").capitalize()


MONITOR_FAILED: Final = "the monitor failed"
"""How the rule of a ``no_data`` alert begins where the bed sends, but its monitor has failed."""


def words_of_alert(alert: Alert) -> str:
    """What staff read for an alert; where a monitor has failed, nobody need look for the fault at the bed."""
    if alert.code == "no_data" and alert.evidence.rule.startswith(MONITOR_FAILED):
        return "Monitoring failed: watch the patient"
    return words_of(alert.code)


PRIORITY_ORDER: dict[Priority, int] = {"high": 0, "medium": 1, "low": 2}


_ORDER_OF_CODES = {code: rank for rank, code in enumerate(CODES)}


def urgency(code: str) -> int:
    """The rank of an alert code among those of one priority, 0 first; a code that we do not know comes last."""
    return _ORDER_OF_CODES.get(code, len(CODES))


_NAMESPACE = uuid.UUID("6ad7c9a0-52f5-5c0e-9d61-0d7f3f9f4a11")


def alert_id(session_id: str, code: str, onset_sample: int) -> str:
    """The same id for the same alert, whoever raises it and however often."""
    return str(uuid.uuid5(_NAMESPACE, f"{session_id}/{code}/{onset_sample}"))
