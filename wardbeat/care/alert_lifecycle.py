"""The life cycle of an alert: its states and their pure rules.

An alert is *active* when it is raised and *acknowledged* when staff have seen it. It is *ended* if its condition ends
before an acknowledgement (high priority only: such an alert latches), and *resolved* when nothing is left to do.
Messages of the monitor may come twice and in any order: :func:`begin` and :func:`update` make the same record of them.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from wardbeat.contracts import rules
from wardbeat.contracts.alert_codes import PRIORITY_ORDER, urgency
from wardbeat.contracts.messages import Alert, Evidence, Priority
from wardbeat.errors import AlertActionError

AlertState = Literal["active", "acknowledged", "ended", "resolved"]
SOUNDS_AGAIN_S: Final = 120.0
"""How long an acknowledgement holds while the condition lasts; bedside monitors remind after 1 to 3 minutes."""
MAX_COMMENTS: Final = 100
"""A record must stay small; a longer conversation has its place elsewhere."""
_NS_PER_S: Final = 1_000_000_000


class Comment(msgspec.Struct, frozen=True):
    """A comment on an alert: its text, the initials of its author, its Unix time."""

    text: str
    by: str
    at_ns: int


class AlertRecord(msgspec.Struct, frozen=True):
    """An alert with all that happened to it on the ward. ``version`` grows by 1 with every change; times are Unix ns.

    ``acknowledged_by`` is the last person who acknowledged it: an alert that sounds again or becomes more urgent must
    be acknowledged again. ``sounds_again_ns`` is the time at which an acknowledged alert sounds again if its condition
    lasts. ``rose_ns`` is the time at which it last became more urgent. ``escalated`` is the priority of its last
    escalation.
    """

    alert: Alert
    state: AlertState
    version: int
    raised_ns: int
    changed_ns: int
    acknowledged_by: str | None = None
    acknowledged_ns: int | None = None
    resolved_by: str | None = None
    resolved_ns: int | None = None
    comments: tuple[Comment, ...] = ()
    sounds_again_ns: int | None = None
    rose_ns: int | None = None
    escalated: Priority | None = None


def begin(alert: Alert, now_ns: int) -> AlertRecord:
    """The first record of an alert. The first message may also be the one that ends the alert."""
    raised = msgspec.structs.replace(alert, ended_sample=None)
    record = AlertRecord(alert=raised, state="active", version=1, raised_ns=now_ns, changed_ns=now_ns)
    return record if alert.ended_sample is None else msgspec.structs.replace(update(record, alert, now_ns), version=1)


def update(record: AlertRecord, alert: Alert, now_ns: int) -> AlertRecord:
    """The record after another message about its alert; the same object if the message has nothing new.

    News is the end of the alert, a higher priority (then staff must acknowledge it again), or a longer strip. An alert
    of high priority latches until it is acknowledged, so that staff do not miss it; other alerts, and those of the
    canary, resolve by themselves. A resolved alert stays resolved.
    """
    known = record.alert
    lasts = known.ended_sample is None
    rises = record.state in {"active", "acknowledged"} and (
        PRIORITY_ORDER[alert.priority] < PRIORITY_ORDER[known.priority]
    )
    ends = lasts and alert.ended_sample is not None
    evidence = more_complete(known.evidence, alert.evidence)
    if not rises and not ends and evidence is known.evidence:
        return record
    priority = alert.priority if rises else known.priority
    ended_sample = alert.ended_sample if ends else known.ended_sample
    known = msgspec.structs.replace(known, priority=priority, ended_sample=ended_sample, evidence=evidence)
    record = _changed(record, now_ns, alert=known)
    if rises:
        record = msgspec.structs.replace(
            record, state="active", rose_ns=now_ns, acknowledged_by=None, acknowledged_ns=None, sounds_again_ns=None
        )
    return _over(record, now_ns) if ends and record.state != "resolved" else record


def more_complete(known: Evidence, other: Evidence) -> Evidence:
    """The evidence whose strip ends later; ``known`` if both end together."""
    return other if other.strip_end_s > known.strip_end_s else known


def acknowledge(
    record: AlertRecord, by: str, now_ns: int, comment: str = "", *, sounds_again_s: float = SOUNDS_AGAIN_S
) -> AlertRecord:
    """The record after an acknowledgement. A second one changes nothing until the alert sounds again.

    A comment is added in any case.

    Raises
    ------
    AlertActionError
        If the alert is resolved and was never acknowledged.
    InvalidValueError
        If the comment is too long.
    """
    noted = add_comment(record, by, comment, now_ns) if comment else record
    if record.state == "resolved" and record.acknowledged_by is None:
        raise AlertActionError(
            f"alert {record.alert.alert_id}: it is resolved already, so there is nothing to acknowledge"
        )
    if record.acknowledged_by is not None and not sounds_again(record, now_ns):
        return noted
    if record.state == "ended":
        return _changed(
            record,
            now_ns,
            state="resolved",
            acknowledged_by=by,
            acknowledged_ns=now_ns,
            resolved_by=by,
            resolved_ns=now_ns,
            comments=noted.comments,
        )
    return _changed(
        record,
        now_ns,
        state="acknowledged",
        acknowledged_by=by,
        acknowledged_ns=now_ns,
        sounds_again_ns=now_ns + int(sounds_again_s * _NS_PER_S),
        comments=noted.comments,
    )


def sounds_again(record: AlertRecord, now_ns: int) -> bool:
    """Whether an acknowledgement has run out while the condition lasts, so that staff must acknowledge again."""
    return record.sounds_again_ns is not None and now_ns >= record.sounds_again_ns


def add_comment(record: AlertRecord, by: str, text: str, now_ns: int) -> AlertRecord:
    """The record with another comment; the same text by the same person again changes nothing.

    Raises
    ------
    AlertActionError
        If the alert has too many comments.
    InvalidValueError
        If the text is empty or too long.
    """
    text = rules.comment(text)
    alert_id = record.alert.alert_id
    if any((comment.text, comment.by) == (text, by) for comment in record.comments):
        return record
    if len(record.comments) >= MAX_COMMENTS:
        raise AlertActionError(f"alert {alert_id}: it has {MAX_COMMENTS} comments and can't hold more")
    return _changed(record, now_ns, comments=(*record.comments, Comment(text, by, now_ns)))


def resolve(record: AlertRecord, by: str, now_ns: int) -> AlertRecord:
    """The record after staff have closed it; closing twice changes nothing.

    Raises
    ------
    AlertActionError
        If its condition lasts.
    """
    if record.state == "resolved":
        return record
    if record.alert.ended_sample is None:
        raise AlertActionError(
            f"alert {record.alert.alert_id}: its condition still lasts, so it can't be resolved; acknowledge it instead"
        )
    return _changed(record, now_ns, state="resolved", resolved_by=by, resolved_ns=now_ns)


def close(record: AlertRecord, by: str, now_ns: int) -> AlertRecord:
    """The record after its patient has left the bed, whether its condition lasts or not."""
    if record.state == "resolved":
        return record
    return _changed(record, now_ns, state="resolved", resolved_by=by, resolved_ns=now_ns, sounds_again_ns=None)


def note_escalation(record: AlertRecord, priority: Priority, now_ns: int) -> AlertRecord:
    """The record after an escalation of the alert was delivered at this priority."""
    escalated_at = record.escalated
    if escalated_at is not None and PRIORITY_ORDER[escalated_at] <= PRIORITY_ORDER[priority]:
        return record
    return _changed(record, now_ns, escalated=priority)


def most_urgent_first(records: Iterable[AlertRecord]) -> list[AlertRecord]:
    """The records by priority, then by the urgency of their code, then the oldest first."""
    return sorted(
        records,
        key=lambda record: (PRIORITY_ORDER[record.alert.priority], urgency(record.alert.code), record.raised_ns),
    )


def calls_from_ns(record: AlertRecord) -> int | None:
    """The Unix ns from which an alert calls for staff; None if it does not: low priority is silent, and the canary."""
    if record.alert.priority == "low" or record.state == "resolved" or record.alert.origin == "canary":
        return None
    if record.state == "acknowledged":
        return record.sounds_again_ns
    return record.raised_ns if record.rose_ns is None else record.rose_ns


def escalates_from_ns(record: AlertRecord) -> int | None:
    """The Unix ns from which the delay of the escalation counts; None if the alert is not to be escalated.

    Alerts of high priority and technical alerts of medium priority are escalated, once at each priority. The alert on
    a failed escalation is never escalated.
    """
    alert = record.alert
    urgent = alert.priority == "high" or (alert.priority == "medium" and alert.kind == "technical")
    if not urgent or alert.code == "escalation_failed" or record.escalated == alert.priority:
        return None
    return calls_from_ns(record)


def _over(record: AlertRecord, now_ns: int) -> AlertRecord:
    """The record with its state after the end of its condition."""
    if record.state == "active" and record.alert.priority == "high" and record.alert.origin != "canary":
        return msgspec.structs.replace(record, state="ended")
    return msgspec.structs.replace(record, state="resolved", resolved_ns=now_ns, sounds_again_ns=None)


def _changed(record: AlertRecord, now_ns: int, **fields: object) -> AlertRecord:
    return msgspec.structs.replace(record, version=record.version + 1, changed_ns=now_ns, **fields)
