"""When an alert is escalated, and what the escalation contains: pure rules over the alert's record."""

import uuid

import msgspec

from wardbeat.care.alert_lifecycle import AlertRecord, escalates_from_ns
from wardbeat.contracts.alert_codes import CODES, alert_id, words_of_alert
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Escalation, Evidence, Priority

ESCALATE_AFTER_S = 60.0
"""How long an alert calls for staff before it is escalated. Our choice: each hospital sets the delay of its secondary
notification by its own policy. The default is half of the time for which an acknowledgement holds."""
_NS_PER_S = 1_000_000_000
_NAMESPACE = uuid.UUID("0b7d3a4e-1f0c-5c52-9a54-3f2f6d1c8e77")


def escalation_id(alert_id: str, priority: Priority) -> str:
    """The id of an escalation: the same for the same alert and priority."""
    return str(uuid.uuid5(_NAMESPACE, f"{alert_id}/{priority}"))


def is_due(record: AlertRecord, now_ns: int, after_s: float) -> bool:
    """Whether an alert has called for ``after_s`` and must be escalated."""
    from_ns = escalates_from_ns(record)
    return from_ns is not None and now_ns - from_ns >= after_s * _NS_PER_S


def escalation_of(record: AlertRecord, now_ns: int) -> Escalation:
    """The escalation of an alert; it has the same id however often and by whichever process it is made."""
    alert = record.alert
    return Escalation(
        schema_version=SCHEMA_VERSION,
        escalation_id=escalation_id(alert.alert_id, alert.priority),
        alert_id=alert.alert_id,
        stream_id=alert.stream_id,
        origin=alert.origin,
        kind=alert.kind,
        code=alert.code,
        words=words_of_alert(alert),
        priority=alert.priority,
        lasts=alert.ended_sample is None,
        raised_ns=record.raised_ns,
        escalated_ns=now_ns,
    )


def failure_of(alert: Alert, escalation: Escalation, channel: str, error: str) -> Alert:
    """The alert that reports that no channel could deliver the escalation of ``alert``; the same id at each failure."""
    code = CODES["escalation_failed"]
    return msgspec.structs.replace(
        alert,
        alert_id=alert_id(escalation.escalation_id, code.code, alert.raised_sample),
        kind=code.kind,
        code=code.code,
        priority=code.priority,
        onset_sample=alert.raised_sample,
        ended_sample=None,
        evidence=Evidence(rule=f"{channel}: {error}", value=0, threshold=1, unit="told"),
    )


def failure_ended(failure: Alert, raised_ns: int, now_ns: int) -> Alert:
    """The ended form of that alert, once the escalation was delivered or staff acknowledged ``alert``."""
    lasted = int((now_ns - raised_ns) / _NS_PER_S * failure.fs)
    return msgspec.structs.replace(failure, ended_sample=failure.onset_sample + max(lasted, 0))
