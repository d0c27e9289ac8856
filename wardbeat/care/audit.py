"""Entries of the audit, and the entries that follow from a change of an alert's record. Pure rules."""

import msgspec

from wardbeat.care.alert_lifecycle import AlertRecord

MONITOR = "monitor"
"""The author of automatic changes."""
ESCALATOR = "escalator"
"""The author of escalations."""


class AuditEntry(msgspec.Struct, frozen=True):
    """One act of staff or change by Wardbeat.

    Attributes
    ----------
    at_ns : int
        Unix time.
    stream_id : str or None
        The bed; None for the whole ward.
    subject : str
        The id of an alert or an admission, or the name of another part of a bed, such as ``audio``.
    act : str
        Such as ``acknowledged``.
    by : str
        Initials, or ``monitor`` or ``escalator`` for Wardbeat itself.
    before, after : int
        Versions of the subject; 0 if it did not exist before, or has no versions.
    detail : str
        More about the act, such as the text of a comment.
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
    """The entries for a change of an alert's record; a longer strip makes no entry, nor does the canary.

    Parameters
    ----------
    before : AlertRecord or None
        None if the alert is new.
    after : AlertRecord
    """
    alert = after.alert
    if alert.origin == "canary":
        return []  # it is no patient, and would fill the audit with an entry every few seconds
    acts: list[tuple[str, str, str]] = []
    if before is None:
        acts.append(("raised", MONITOR, f"{alert.code}, {alert.priority}"))
    elif before.alert.priority != alert.priority:
        acts.append(("rose", MONITOR, alert.priority))
    if alert.ended_s is not None and (before is None or before.alert.ended_sample is None):
        acts.append(("ended", MONITOR, f"at {alert.ended_s:.2f} s of its session"))
    if after.acknowledged_by is not None and (before is None or before.acknowledged_ns != after.acknowledged_ns):
        acts.append(("acknowledged", after.acknowledged_by, ""))
    former_comments = 0 if before is None else len(before.comments)
    acts += [("commented", comment.by, comment.text) for comment in after.comments[former_comments:]]
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
