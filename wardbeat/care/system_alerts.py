"""The alerts on Wardbeat itself: no bed is monitored, no screen listens, a screen has stopped. Pure rules.

They belong to no bed: their stream is :data:`wardbeat.contracts.alert_codes.SYSTEM`. Their samples are Unix seconds.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from wardbeat.contracts.alert_codes import CODES, SYSTEM, alert_id
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Evidence

OWN_CODES: Final = frozenset({"not_monitored", "no_listener", "screen_stopped"})
_NS_PER_S: Final = 1_000_000_000


class SystemCondition(NamedTuple):
    """A condition of the system.

    ``subject`` tells conditions of one code apart; ``words`` name what has failed.
    """

    code: str
    subject: str
    words: str


def changes(conditions: Sequence[SystemCondition], open_alerts: Iterable[Alert], now_ns: int) -> list[Alert]:
    """The alerts that begin and end now.

    Parameters
    ----------
    conditions : sequence of SystemCondition
        Those that hold now.
    open_alerts : iterable of Alert
        The open alerts of the system, by any process; those of other codes are left alone.
    now_ns : int
        Unix time in nanoseconds.
    """
    now_s = now_ns // _NS_PER_S
    lasting = [alert for alert in open_alerts if alert.code in OWN_CODES and alert.ended_sample is None]
    holding = {(one.code, one.subject) for one in conditions}
    known = {(alert.code, alert.session_id) for alert in lasting}
    ended = [
        msgspec.structs.replace(alert, ended_sample=max(now_s, alert.onset_sample))
        for alert in lasting
        if (alert.code, alert.session_id) not in holding
    ]
    return ended + [_alert(one, now_s) for one in conditions if (one.code, one.subject) not in known]


def _alert(condition: SystemCondition, now_s: int) -> Alert:
    code = CODES[condition.code]
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id(condition.subject, code.code, now_s),
        stream_id=SYSTEM,
        session_id=condition.subject,
        origin="live",
        kind=code.kind,
        code=code.code,
        priority=code.priority,
        fs=1.0,
        onset_sample=now_s,
        raised_sample=now_s,
        raised_acquired_ns=now_s * _NS_PER_S,
        evidence=Evidence(rule=condition.words, value=1, threshold=1, unit=""),
    )
