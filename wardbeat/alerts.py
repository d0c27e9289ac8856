"""Alert codes, priorities, states and the pure rules of an alert's life: no Redis, no clock.

An alert is *active* when raised, *acknowledged* once somebody has seen it, *ended* when its condition is over
but nobody has (high priority only: it latches), and *resolved* when nothing is left to do.
"""

import uuid
from typing import Literal

import msgspec

from wardbeat.errors import AlertActionError
from wardbeat.messages import Alert, AlertKind, Priority

AlertState = Literal["active", "acknowledged", "ended", "resolved"]


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

PRIORITY_ORDER: dict[Priority, int] = {"high": 0, "medium": 1, "low": 2}

_NAMESPACE = uuid.UUID("6ad7c9a0-52f5-5c0e-9d61-0d7f3f9f4a11")


def alert_id(session_id: str, code: str, onset_sample: int) -> str:
    """The same id for the same alert, whoever raises it and however often."""
    return str(uuid.uuid5(_NAMESPACE, f"{session_id}/{code}/{onset_sample}"))


class AlertRecord(msgspec.Struct, frozen=True):
    """An alert with what happened to it on the ward since. ``version`` grows with every change."""

    alert: Alert
    state: AlertState
    version: int
    raised_ns: int
    changed_ns: int
    acknowledged_by: str | None = None
    acknowledged_ns: int | None = None
    resolved_by: str | None = None
    resolved_ns: int | None = None


def raise_alert(alert: Alert, now_ns: int) -> AlertRecord:
    """The first record of a new alert."""
    return AlertRecord(alert=alert, state="active", version=1, raised_ns=now_ns, changed_ns=now_ns)


def end_alert(record: AlertRecord, alert: Alert, now_ns: int) -> AlertRecord:
    """The record once its condition is over; the same record if it already was.

    High priority latches: nobody may miss that it happened. The rest goes by itself.
    """
    if record.alert.ended_sample is not None or alert.ended_sample is None:
        return record
    latched = record.state == "active" and record.alert.priority == "high"
    return _changed(
        record,
        now_ns,
        alert=msgspec.structs.replace(record.alert, ended_sample=alert.ended_sample),
        state="ended" if latched else "resolved",
        resolved_ns=None if latched else now_ns,
    )


def acknowledge(record: AlertRecord, by: str, now_ns: int) -> AlertRecord:
    """The record after somebody has seen it; a second acknowledgement changes nothing.

    Raises
    ------
    AlertActionError
        If the alert is already resolved.
    """
    if record.state == "acknowledged" or record.acknowledged_by is not None:
        return record
    if record.state == "resolved":
        raise AlertActionError(f"alert {record.alert.alert_id}: it is resolved already; nothing is left to acknowledge")
    over = record.state == "ended"
    return _changed(
        record,
        now_ns,
        state="resolved" if over else "acknowledged",
        acknowledged_by=by,
        acknowledged_ns=now_ns,
        resolved_by=by if over else None,
        resolved_ns=now_ns if over else None,
    )


def resolve(record: AlertRecord, by: str, now_ns: int) -> AlertRecord:
    """The record once somebody has closed it; closing twice changes nothing.

    Raises
    ------
    AlertActionError
        While its condition lasts: what is still true can't be closed.
    """
    if record.state == "resolved":
        return record
    if record.alert.ended_sample is None:
        raise AlertActionError(
            f"alert {record.alert.alert_id}: its condition still lasts, so it can't be resolved; acknowledge it instead"
        )
    return _changed(record, now_ns, state="resolved", resolved_by=by, resolved_ns=now_ns)


def _changed(record: AlertRecord, now_ns: int, **fields: object) -> AlertRecord:
    return msgspec.structs.replace(record, version=record.version + 1, changed_ns=now_ns, **fields)
