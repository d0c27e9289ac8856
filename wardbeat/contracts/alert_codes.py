"""Alert codes: their priority, their kind, the words that staff read, and the id of an alert."""

import uuid
from typing import Final

import msgspec

from wardbeat.contracts.messages import Alert, AlertKind, Priority

PRIORITY_ORDER: dict[Priority, int] = {"high": 0, "medium": 1, "low": 2}
MONITOR_FAILED: Final = "the monitor failed"
"""The beginning of the rule of a ``no_data`` alert if the bed sends data, but its monitor has failed."""
SYSTEM: Final = "(system)"
"""The stream id of alerts on Wardbeat itself. No device may give its stream such a name."""
NAMES_ITS_CAUSE: Final = frozenset({"not_monitored", "screen_stopped"})
"""Codes on the system whose rule names what has failed."""
_ALERT_NAMESPACE = uuid.UUID("6ad7c9a0-52f5-5c0e-9d61-0d7f3f9f4a11")


class AlertCode(msgspec.Struct, frozen=True):
    """One code: its name in messages, its priority and kind, and the words that staff read."""

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
    ("not_monitored", "high", "No bed is monitored"),
    ("lead_off", "medium", "Lead off"),
    ("no_data", "medium", "No data from this bed"),
    ("no_listener", "medium", "No screen with sound: nobody hears alerts"),
    ("screen_stopped", "medium", "A screen has stopped"),
    ("escalation_failed", "medium", "Nobody could be told of an alert"),
    ("canary_missed", "medium", "Alerts may not arrive: a test alert is missing or late"),
    ("noisy_signal", "low", "Noisy signal"),
    ("source_conflict", "low", "Two devices on one bed"),
)
_BY_KIND: dict[AlertKind, tuple[tuple[str, Priority, str], ...]] = {
    "physiological": _PHYSIOLOGICAL,
    "technical": _TECHNICAL,
}
CODES: dict[str, AlertCode] = {
    code: AlertCode(code, priority, kind, words) for kind, rows in _BY_KIND.items() for code, priority, words in rows
}
"""Every alert code in the order of urgency, the most urgent of each kind first."""
_URGENCY = {code: rank for rank, code in enumerate(CODES)}


def urgency(code: str) -> int:
    """The rank of a code among the codes of its priority; 0 is the most urgent, an unknown code comes last."""
    return _URGENCY.get(code, len(CODES))


def words_of(code: str) -> str:
    """The words that staff read for a code. A newer worker may know more codes than we do: then these are its name."""
    known = CODES.get(code)
    return known.words if known else code.replace("_", " ").capitalize()


def words_of_alert(alert: Alert) -> str:
    """The words that staff read for an alert. A failed monitor has other words than a silent bed.

    An alert on the system also names what has failed.
    """
    if alert.code == "no_data" and alert.evidence.rule.startswith(MONITOR_FAILED):
        return "Monitoring failed: watch the patient"
    if alert.code in NAMES_ITS_CAUSE:
        return f"{words_of(alert.code)}: {alert.evidence.rule}"
    return words_of(alert.code)


def alert_id(session_id: str, code: str, onset_sample: int) -> str:
    """The id of an alert: the same for the same alert, however often and by whichever process it is raised."""
    return str(uuid.uuid5(_ALERT_NAMESPACE, f"{session_id}/{code}/{onset_sample}"))
