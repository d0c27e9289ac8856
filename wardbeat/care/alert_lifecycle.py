"""Alert codes, priorities, states and the pure rules of an alert's life: no Redis, no clock.

An alert is *active* when raised, *acknowledged* once somebody has seen it, *ended* when its condition is over
but nobody has (high priority only: it latches), and *resolved* when nothing is left to do. What the monitor says of it
may come twice and in any order: :func:`begin` and :func:`go_on` make the same record of it.
"""

from typing import Final, Literal

import msgspec

from wardbeat.contracts.alert_codes import PRIORITY_ORDER
from wardbeat.contracts.messages import Alert, Evidence, Priority
from wardbeat.errors import AlertActionError

AlertState = Literal["active", "acknowledged", "ended", "resolved"]


SOUNDS_AGAIN_S: Final = 120.0
"""How long an acknowledgement holds while the condition lasts; bedside monitors remind after 1 to 3 minutes."""
MAX_COMMENT_CHARS: Final = 500
MAX_COMMENTS: Final = 100
"""More is a conversation, which has its place elsewhere; a record has to stay small."""
_NS_PER_S: Final = 1_000_000_000


class Comment(msgspec.Struct, frozen=True):
    """What somebody noted with an alert."""

    text: str
    by: str
    at_ns: int


class AlertRecord(msgspec.Struct, frozen=True):
    """An alert with what happened to it on the ward since. ``version`` grows with every change.

    ``acknowledged_by`` is who acknowledged it last: what sounds again, or has become more urgent, wants it anew.
    ``sounds_again_ns`` is when an acknowledged alert sounds again if its condition lasts, ``rose_ns`` when it last
    became more urgent, ``escalated`` the priority at which somebody elsewhere was last told that nobody came.
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
    """The first record of an alert; one that has ended already, if its end is the first that is heard of it."""
    raised = msgspec.structs.replace(alert, ended_sample=None)
    record = AlertRecord(alert=raised, state="active", version=1, raised_ns=now_ns, changed_ns=now_ns)
    return record if alert.ended_sample is None else msgspec.structs.replace(go_on(record, alert, now_ns), version=1)


def go_on(record: AlertRecord, alert: Alert, now_ns: int) -> AlertRecord:
    """The record after the monitor has spoken of its alert again; the same record if it says nothing new.

    New is that it has ended, that it is more urgent now (then it has to be acknowledged anew), or a longer strip. High
    priority latches: nobody may miss that it happened. The rest goes by itself. What was closed stays closed.
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
    """Of an alert's evidence as it is known and as it is sent again the one whose strip goes on for longer."""
    return other if other.strip_end_s > known.strip_end_s else known


def acknowledge(
    record: AlertRecord, by: str, now_ns: int, comment: str = "", *, sounds_again_s: float = SOUNDS_AGAIN_S
) -> AlertRecord:
    """The record after somebody has seen it; a second acknowledgement changes nothing until it sounds again.

    A comment is noted in any case.

    Raises
    ------
    AlertActionError
        If the alert is already resolved and nobody had acknowledged it, or the comment is too long.
    """
    noted = add_comment(record, by, comment, now_ns) if comment else record
    if record.state == "resolved" and record.acknowledged_by is None:
        raise AlertActionError(f"alert {record.alert.alert_id}: it is resolved already; nothing is left to acknowledge")
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
    """Whether an alert was acknowledged so long ago, and is still true, that it has to be acknowledged again."""
    return record.sounds_again_ns is not None and now_ns >= record.sounds_again_ns


def add_comment(record: AlertRecord, by: str, text: str, now_ns: int) -> AlertRecord:
    """The record with what somebody noted; the same words of the same person again change nothing.

    Raises
    ------
    AlertActionError
        If there are no words, too many, or too many comments.
    """
    text = text.strip()
    alert_id = record.alert.alert_id
    if not 1 <= len(text) <= MAX_COMMENT_CHARS:
        raise AlertActionError(
            f"alert {alert_id}: a comment has 1 to {MAX_COMMENT_CHARS} characters, {len(text)} given; write less"
        )
    if any((comment.text, comment.by) == (text, by) for comment in record.comments):
        return record
    if len(record.comments) >= MAX_COMMENTS:
        raise AlertActionError(f"alert {alert_id}: it has {MAX_COMMENTS} comments, which is all that it can hold")
    return _changed(record, now_ns, comments=(*record.comments, Comment(text, by, now_ns)))


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


def close(record: AlertRecord, by: str, now_ns: int) -> AlertRecord:
    """The record once its patient has left the bed, whether its condition lasts or not."""
    if record.state == "resolved":
        return record
    return _changed(record, now_ns, state="resolved", resolved_by=by, resolved_ns=now_ns, sounds_again_ns=None)


def note_escalation(record: AlertRecord, priority: Priority, now_ns: int) -> AlertRecord:
    """The record once somebody elsewhere was told that nobody came to an alert of this priority."""
    escalated_at = record.escalated
    if escalated_at is not None and PRIORITY_ORDER[escalated_at] <= PRIORITY_ORDER[priority]:
        return record
    return _changed(record, now_ns, escalated=priority)


def calls_from_ns(record: AlertRecord) -> int | None:
    """From when an alert calls for somebody, in Unix ns; None if nobody need come (low priority is silent)."""
    if record.alert.priority == "low" or record.state == "resolved":
        return None
    if record.state == "acknowledged":
        return record.sounds_again_ns
    return record.raised_ns if record.rose_ns is None else record.rose_ns


def escalates_from_ns(record: AlertRecord) -> int | None:
    """From when the wait for somebody counts, in Unix ns; None if nobody elsewhere is to be told (any more).

    High priority and technical medium are escalated, once at each; that an escalation failed can't be.
    """
    alert = record.alert
    urgent = alert.priority == "high" or (alert.priority == "medium" and alert.kind == "technical")
    if not urgent or alert.code == "escalation_failed" or record.escalated == alert.priority:
        return None
    return calls_from_ns(record)


def _over(record: AlertRecord, now_ns: int) -> AlertRecord:
    """The record with the state that the end of its condition leaves it in."""
    if record.state == "active" and record.alert.priority == "high":
        return msgspec.structs.replace(record, state="ended")
    return msgspec.structs.replace(record, state="resolved", resolved_ns=now_ns, sounds_again_ns=None)


def _changed(record: AlertRecord, now_ns: int, **fields: object) -> AlertRecord:
    return msgspec.structs.replace(record, version=record.version + 1, changed_ns=now_ns, **fields)
