"""``no_data`` alerts: on streams that send no records, and on streams whose monitor has failed.

Pure rules, but by the wall clock, so a replay does not repeat them. The id of an alert follows from the last sample of
the stream and from the start of the silence: every worker gives the same silence the same alert.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from processors.ward.failures import Failure, MonitorFailed
from wardbeat.care import admissions
from wardbeat.care.admissions import Bed
from wardbeat.contracts.alert_codes import CODES, MONITOR_FAILED, alert_id
from wardbeat.contracts.messages import SCHEMA_VERSION, Alert, Evidence, Priority
from wardbeat.store.live_store import LastSeen

CODE = CODES["no_data"]
NO_DATA_AFTER_S = 5.0
"""From the design; a device sends a chunk every 0.5 s."""
RISES_AFTER_S = 60.0
HAD_ECG: tuple[Priority, Priority] = ("medium", "high")
"""The priority at first, and after ``RISES_AFTER_S``."""
NO_ECG_YET: tuple[Priority, Priority] = ("low", "medium")
"""The same, if the patient in the bed has had no ECG yet."""
_NS_PER_S = 1_000_000_000


class Silences:
    """The open ``no_data`` alerts, by stream."""

    def __init__(self) -> None:
        self.open: dict[str, Alert] = {}

    def update(
        self,
        silent: Iterable[LastSeen],
        beds: Mapping[str, Bed],
        now_ns: int,
        *,
        may_raise: Callable[[LastSeen], bool],
        failures: Iterable[Failure] = (),
    ) -> list[Alert]:
        """The alerts that begin, rise or end now.

        Parameters
        ----------
        silent : iterable of LastSeen
            All silent streams.
        beds : mapping of str to Bed
        now_ns : int
            Unix time in nanoseconds.
        may_raise : callable
            Whether a silent stream may raise an alert: the worker has read all of its records, so the bed is silent and
            not the worker late.
        failures : iterable of Failure
            The streams whose monitor has failed.
        """
        failed = {one.first.stream_id: failure_alert(one, beds.get(one.first.stream_id), now_ns) for one in failures}
        alerts = {
            last_seen.stream_id: no_data_alert(last_seen, beds.get(last_seen.stream_id), now_ns) for last_seen in silent
        } | failed
        pending = {last_seen.stream_id for last_seen in silent if not may_raise(last_seen)} - failed.keys()
        changes: list[Alert] = []
        for stream_id, alert in list(self.open.items()):
            now = alerts.get(stream_id)
            if now is None or now.alert_id != alert.alert_id:
                del self.open[stream_id]
                changes.append(_ended(alert, now_ns))
        for stream_id, now in alerts.items():
            known = self.open.get(stream_id)
            if now is not None and stream_id not in pending and (known is None or known.priority != now.priority):
                self.open[stream_id] = now
                changes.append(now)
        return changes


def no_data_alert(last_seen: LastSeen, bed: Bed | None, now_ns: int) -> Alert | None:
    """The alert on a silent stream; None if it is not due, or if no patient is expected in the bed."""
    if last_seen.final and last_seen.origin != "live":
        return None  # a replay has ended; if a live device ends its stream, the patient is there without a monitor
    had_ecg = last_seen.ecg_ns > (bed.admission.stays[-1].since_ns if bed and bed.admission else 0)
    evidence = Evidence(rule="time without data", value=NO_DATA_AFTER_S, threshold=NO_DATA_AFTER_S, unit="s")
    priorities = HAD_ECG if had_ecg else NO_ECG_YET
    return _alert(last_seen, last_seen.last_seen_ns, NO_DATA_AFTER_S, evidence, priorities, bed, now_ns)


def failure_alert(failure: Failure, bed: Bed | None, now_ns: int) -> Alert | None:
    """The alert on a stream whose monitor has failed, immediately; None while no patient is expected in the bed."""
    evidence = Evidence(rule=f"{MONITOR_FAILED} ({failure.first.error})", value=1, threshold=1, unit="failures")
    return _alert(failure.first, failure.since_ns, 0.0, evidence, HAD_ECG, bed, now_ns)


def _alert(
    at: LastSeen | MonitorFailed,
    unknown_since_ns: int,
    after_s: float,
    evidence: Evidence,
    priorities: tuple[Priority, Priority],
    bed: Bed | None,
    now_ns: int,
) -> Alert | None:
    """The alert on a stream whose state is unknown since sample ``at``; None before ``after_s`` have passed."""
    since_ns = admissions.missed_since_ns(bed, unknown_since_ns)
    if since_ns is None or now_ns - since_ns < after_s * _NS_PER_S:
        return None
    onset = at.sample + _samples(since_ns - unknown_since_ns, at.fs)
    return Alert(
        schema_version=SCHEMA_VERSION,
        alert_id=alert_id(at.session_id, CODE.code, onset),
        stream_id=at.stream_id,
        session_id=at.session_id,
        origin=at.origin,
        kind=CODE.kind,
        code=CODE.code,
        priority=priorities[now_ns - since_ns >= RISES_AFTER_S * _NS_PER_S],
        fs=at.fs,
        onset_sample=onset,
        raised_sample=onset + round(after_s * at.fs),
        raised_acquired_ns=since_ns + int(after_s * _NS_PER_S),
        evidence=evidence,
        admission_id=admissions.settings_of(bed).admission_id,
    )


def _ended(alert: Alert, now_ns: int) -> Alert:
    """The alert with its end. Missing samples are counted by the clock."""
    lasted_ns = now_ns - alert.raised_acquired_ns
    return msgspec.structs.replace(alert, ended_sample=alert.raised_sample + max(0, _samples(lasted_ns, alert.fs)))


def _samples(duration_ns: int, fs: float) -> int:
    return round(duration_ns / _NS_PER_S * fs)
