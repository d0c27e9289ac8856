"""What the audit says of a change: pure rules over an alert's record before and after."""

import msgspec

from wardbeat.care.alert_lifecycle import AlertRecord

MONITOR = "monitor"


ESCALATOR = "escalator"


class AuditEntry(msgspec.Struct, frozen=True):
    """One act or change.

    Attributes
    ----------
    at_ns : int
        Unix time.
    stream_id : str or None
        Whose bed; None is the whole ward.
    subject : str
        What was changed: the id of an alert or an admission, or what else there is of a bed.
    act : str
        What was done to it.
    by : str
        Initials, or the part of Wardbeat that did it by itself.
    before, after : int
        Versions of the subject; 0 where it was not there, or has none.
    detail : str
    """

    at_ns: int
    stream_id: str | None
    subject: str
    act: str
    by: str
    before: int = 0
    after: int = 0
    detail: str = ""


def entries_of(before: AlertRecord | None, after: AlertRecord) -> list[AuditEntry]:
    """What was done to an alert, from what it was and what it is; a longer strip is nothing that was done."""
    alert = after.alert
    acts: list[tuple[str, str, str]] = []
    if before is None:
        acts.append(("raised", MONITOR, f"{alert.code}, {alert.priority}"))
    elif before.alert.priority != alert.priority:
        acts.append(("rose", MONITOR, alert.priority))
    if alert.ended_s is not None and (before is None or before.alert.ended_sample is None):
        acts.append(("ended", MONITOR, f"at {alert.ended_s:.2f} s of its session"))
    if after.acknowledged_by is not None and (before is None or before.acknowledged_ns != after.acknowledged_ns):
        acts.append(("acknowledged", after.acknowledged_by, ""))
    acts += [("commented", comment.by, comment.text) for comment in after.comments[_comments(before) :]]
    if after.escalated is not None and (before is None or before.escalated != after.escalated):
        acts.append(("escalated", ESCALATOR, after.escalated))
    if after.state == "resolved" and (before is None or before.state != "resolved"):
        lasts = alert.ended_sample is None
        acts.append(("closed" if lasts else "resolved", after.resolved_by or MONITOR, ""))
    versions = (0 if before is None else before.version, after.version)
    return [
        AuditEntry(after.changed_ns, alert.stream_id, alert.alert_id, act, by, *versions, detail)
        for act, by, detail in acts
    ]


def _comments(record: AlertRecord | None) -> int:
    return 0 if record is None else len(record.comments)
